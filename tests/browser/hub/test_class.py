"""A class on a hub: two students and an instructor, signed in, in a real browser; each test goes on
where the one before it ended."""

import pwd

from playwright.sync_api import expect

from autograder.authoring.demo import (
    Student,
    change,
    grade_id,
    notebook_of,
    perfect_notebook,
    write,
)
from autograder.course.course import Course
from tests.attacks import on_a_hub
from tests.browser.hub.running import (
    ADA,
    BEN,
    COMMENT,
    HOME,
    MARKS,
    NAME,
    OURS,
    TEACHER,
    close,
    fetch_feedback,
    in_frame,
    lab_of,
    menu,
    row,
    shot,
    validate,
)

pytestmark = MARKS
WORDS = "XOR has no separating line: <script>document.title = 'mine'</script>"
PLACES = {
    "inbound": HOME / "exchange" / "cnn" / "inbound",
    "course": HOME / "course",
    "other": ADA,
    "me": BEN,
}


def test_a_lecture_lies_in_the_students_home_and_runs(people):
    page = people[ADA]
    page.locator(".jp-Notebook .jp-CodeCell").first.click()
    page.keyboard.press("Shift+Enter")
    page.locator(".start-slider").wait_for()
    shot(page, "lecture")
    beside = page.locator(".jp-DirListing-content").inner_text()
    assert "00-start.ipynb" in beside
    assert ".toml" not in beside  # a lecture's settings are nothing to open


def test_an_assignment_is_fetched_to_where_the_start_page_leads(people):
    page = people[ADA]
    menu(page, "Nbgrader", "Assignment List")
    row(page, "released").get_by_role("button", name="Fetch").click()
    row(page, "fetched").wait_for()
    shot(page, "fetched")
    assert (OURS / f"{NAME}.ipynb").stat().st_uid == pwd.getpwnam(ADA).pw_uid


def test_validate_says_what_is_wrong_and_then_that_all_is_well(people):
    page, course = people[ADA], Course(HOME / "course")
    perfect = perfect_notebook(course, course.assignment(NAME))
    [right] = [cell["source"] for cell in perfect["cells"] if grade_id(cell) == "predict"]
    slip = Student(ADA, (change("predict", "> 0", ">= 0"), write("words", WORDS)))
    (OURS / f"{NAME}.ipynb").write_bytes(notebook_of(slip, perfect))
    page.goto(f"{lab_of(page)}/tree/cnn-course/assignments/{NAME}/{NAME}.ipynb?reset")
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    told = validate(page)
    assert "predict" in told
    assert "failed" in told
    page.locator(".jp-CodeCell", has_text="def predict").locator(".cm-content").first.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(right)
    assert "passes all the tests" in validate(page)


def test_while_an_endless_loop_is_validated_the_server_answers(people):
    page = people[BEN]
    menu(page, "Nbgrader", "Assignment List")
    row(page, "released").get_by_role("button", name="Fetch").click()
    row(page, "fetched").wait_for()
    seen = page.evaluate(
        """async path => {
          const base = location.pathname.split('/lab')[0];
          const xsrf = {'X-XSRFToken': document.cookie.match(/_xsrf=([^;]+)/)[1]};
          const contents = `${base}/api/contents/${path}`;
          const file = await (await fetch(contents, {headers: xsrf})).json();
          const cell = file.content.cells.find(c => c.metadata.nbgrader?.grade_id == 'predict');
          cell.source = 'def predict(x, w, b):\\n    while True: pass';
          await fetch(contents, {method: 'PUT', headers: xsrf, body: JSON.stringify(file)});
          const all = performance.now();
          let answer = null, longest = 0;
          fetch(`${base}/assignments/validate?path=${path}`, {method: 'POST', headers: xsrf})
            .then(async response => answer = await response.json());
          while (!answer) {
            const begun = performance.now();
            await fetch(contents + '?content=0', {headers: xsrf});
            longest = Math.max(longest, performance.now() - begun);
            await new Promise(wake => setTimeout(wake, 50));
          }
          return {answer, longest, whole: performance.now() - all};
        }""",
        f"cnn-course/assignments/{NAME}/{NAME}.ipynb",
    )
    assert seen["answer"]["value"]["failed"]
    assert seen["whole"] > 5000  # milliseconds: it did run,
    assert seen["longest"] < 2000  # and meanwhile the server answered


def test_what_is_submitted_is_collected_and_graded(hub, people):
    page = people[ADA]
    page.keyboard.press("Control+s")
    menu(page, "Nbgrader", "Assignment List")
    row(page, "fetched").get_by_role("button", name="Submit").click()
    row(page, "submitted").wait_for()
    shot(page, "submitted")
    for code in on_a_hub.HAND_INS.values():  # the other student's, by hand
        assert on_a_hub.as_person(BEN, code.format(**PLACES)) == ""
    grading = people[TEACHER]
    grading.goto(f"{hub.address}/hub/home")
    grading.get_by_role("button", name="Services").click()
    shot(grading, "services")
    grading.get_by_role("link", name="cnn", exact=True).click()
    grading.wait_for_url(f"{hub.formgrader}**")
    frame = in_frame(grading)
    frame.locator("tr", has_text=NAME).first.locator("td.collect a").click()
    frame.locator(".modal.in .modal-title").wait_for()
    shot(grading, "collected")
    told = frame.locator(".modal.in").inner_text()
    assert f"it is {BEN}'s" in told, told  # what bears ada's name and is not hers
    close(frame)
    frame.locator("tr", has_text=NAME).first.locator("td.num-submissions a").click()
    frame.locator("tr", has_text=ADA).locator("td.autograde a").click()
    expect(frame.locator(".modal.in .modal-body")).to_contain_text("needs_manual: 90 of 100")
    shot(grading, "autograded")
    close(frame)
    handed_in = HOME / "course" / "submitted" / BEN / NAME
    assert not (handed_in / f"{NAME}.ipynb").exists()  # the link was not followed


def test_the_instructor_gives_points_and_a_comment_and_releases_them(hub, people):
    page = people[TEACHER]
    page.goto(f"{hub.formgrader}formgrader/gradebook/{NAME}/{NAME}")
    with page.expect_response("**/api/grades?*"):
        page.get_by_role("link", name="Submission #1", exact=True).click()
    page.wait_for_timeout(500)  # nbgrader's script puts them into the boxes
    title = page.title()
    with page.expect_response("**/api/grade/*"):
        page.locator("#words").fill("8")
        page.locator("#words").press("Tab")
    with page.expect_response("**/api/comment/*"):
        page.locator("textarea.comment").last.fill(COMMENT)
        page.locator("textarea.comment").last.press("Tab")
    expect(page.locator("body")).to_contain_text(WORDS)
    assert page.title() == title  # the student's script was shown, not run
    shot(page, "scored")
    page.goto(f"{hub.formgrader}formgrader/manage_submissions/{NAME}")
    for step in ("generate-feedback", "release-feedback"):
        page.locator("tr", has_text=ADA).locator(f"td.{step} a").click()
        expect(page.locator(".modal.in .modal-title")).to_have_text("Success")
        page.locator(".modal.in button", has_text="OK").click()
        expect(page.locator(".modal.in")).to_have_count(0)


def test_the_student_reads_points_and_comment(people):
    page = people[ADA]
    fetch_feedback(page)
    page.locator(".jp-DirListing-item", has_text=f"{NAME}.html").dblclick()
    shown = page.frame_locator(".jp-HTMLViewer iframe")
    expect(shown.locator("body")).to_contain_text(COMMENT)
    expect(shown.locator("body")).to_contain_text("98 of 100 points")
    shot(page, "feedback")
