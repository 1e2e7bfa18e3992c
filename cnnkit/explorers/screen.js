// What an explorer shows, with its alternative text, and the sentence below it. Frames that the
// kernel has sent ahead are shown without asking it, also where none runs.
const PATIENCE = 150; // milliseconds until what is seen is marked as no longer what was asked for
let serial = 0;

function render({ model, el }) {
  el.classList.add("cnnkit-screen");
  const stage = document.createElement("div");
  stage.className = "stage";
  const sentence = document.createElement("div");
  sentence.className = "explorer-status";
  sentence.setAttribute("role", "status");
  el.replaceChildren(stage, sentence);
  let addresses = [];
  let wanted;
  let width;
  let hovered = -1;
  let waiting;

  const ahead = (index) => model.get("frames")[index];
  const wait = () => {
    waiting ??= setTimeout(() => el.setAttribute("aria-busy", "true"), PATIENCE);
  };
  const answered = () => {
    clearTimeout(waiting);
    waiting = undefined;
    el.removeAttribute("aria-busy");
  };

  const forgetHeights = () => {
    stage.style.minHeight = sentence.style.minHeight = "";
  };

  async function show() {
    el.dataset.ahead = model.get("frames").length > 0;
    const frame = ahead(hovered) ?? ahead(model.get("index")) ?? model.get("frame");
    if (frame === wanted) return;
    wanted = frame;
    const [built, made] = build(frame, model.get("images"));
    // What is seen stays until the new images can be seen, unless something newer was asked for.
    await Promise.all([...built.querySelectorAll("img")].map((image) => image.decode().catch(() => null)));
    if (frame !== wanted) {
      made.forEach((address) => URL.revokeObjectURL(address));
      return;
    }
    stage.replaceChildren(...built.childNodes);
    addresses.forEach((address) => URL.revokeObjectURL(address));
    addresses = made;
    const open = sentence.querySelector("details")?.open;
    sentence.innerHTML = frame.html;
    // Nothing below jumps up when what follows is lower, as long as the page is as wide.
    if (el.clientWidth !== width) {
      width = el.clientWidth;
      forgetHeights();
    }
    for (const part of [stage, sentence]) part.style.minHeight = `${part.getBoundingClientRect().height}px`;
    if (open && sentence.querySelector("details")) sentence.querySelector("details").open = true;
    el.dataset.serial = frame.serial;
  }

  // The kernel's answer, or the frames that make one unnecessary.
  function answer() {
    answered();
    show();
  }

  function follow() {
    hovered = -1;
    show();
  }

  // Where an output cell is pointed at, what leads to it is seen; a click stays there.
  function point(event) {
    const cell = event.target.closest("[data-index]");
    hovered = cell && event.type !== "pointerleave" ? Number(cell.dataset.index) : -1;
    show();
  }
  function choose(event) {
    const cell = event.target.closest("[data-index]");
    if (!cell) return;
    model.set("index", Number(cell.dataset.index));
    model.save_changes();
  }
  stage.addEventListener("pointerover", point);
  stage.addEventListener("pointerleave", point);
  stage.addEventListener("click", choose);

  model.on("change:frame change:frames", answer);
  model.on("change:index", follow);
  show();
  const resized = new ResizeObserver(() => {
    if (el.clientWidth !== width) forgetHeights();
  });
  resized.observe(el);
  const forget = [
    () => resized.disconnect(),
    () => model.off("change:frame change:frames", answer),
    () => model.off("change:index", follow),
    () => addresses.forEach((address) => URL.revokeObjectURL(address)),
    answered,
  ];
  // The controls are beside this view, in a box that is not there before it is.
  requestAnimationFrame(() => {
    const box = el.closest(".cnnkit-explorer");
    if (box) forget.push(listen(box, (step) => (step && ahead(model.get("index")) ? null : wait())));
  });
  return () => forget.forEach((each) => each());
}

// The frame as elements, and the addresses of its images.
function build(frame, shared) {
  const built = document.createElement("div");
  const made = [];
  const address = (bytes) => {
    made.push(URL.createObjectURL(new Blob([bytes])));
    return made[made.length - 1];
  };
  if (frame.page) {
    const page = document.createElement("div");
    page.className = "page";
    page.setAttribute("role", "group");
    page.setAttribute("aria-label", frame.alt);
    // What a drawing names for itself has another name in each drawing of the document.
    serial += 1;
    page.innerHTML = frame.page.replace(/(\bid="|url\(#|href="#)/g, `$1drawn-${serial}-`);
    for (const image of page.querySelectorAll("img")) {
      image.src = address(frame.images[image.dataset.image] ?? shared[image.dataset.image]);
    }
    built.append(page);
  }
  return [built, made];
}

// Tells of every control that is moved, whether it is the slider of the steps; and keeps arrow keys
// to the controls: JupyterLab would go from cell to cell.
function listen(box, moved) {
  const input = (event) => moved(Boolean(event.target.closest(".explorer-step")));
  const focus = (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true");
  box.addEventListener("input", input);
  box.addEventListener("focusin", focus);
  return () => {
    box.removeEventListener("input", input);
    box.removeEventListener("focusin", focus);
  };
}

export default { render };
