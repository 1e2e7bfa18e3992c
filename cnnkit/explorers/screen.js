// The picture of an explorer with its alternative text, and the sentence below it. Frames that the
// kernel has sent ahead are shown without asking it, also where none runs.
function render({ model, el }) {
  el.classList.add("cnnkit-screen");
  const image = document.createElement("img");
  image.classList.toggle("diagram", model.get("diagram"));
  const sentence = document.createElement("div");
  sentence.className = "explorer-status";
  sentence.setAttribute("role", "status");
  el.replaceChildren(image, sentence);
  let address = "";
  let shown;

  function show() {
    const ahead = model.get("frames");
    el.dataset.ahead = ahead.length > 0;
    const frame = ahead[model.get("index")] ?? model.get("frame");
    if (frame === shown) return;
    shown = frame;
    image.hidden = !frame.png?.byteLength;
    if (!image.hidden) {
      URL.revokeObjectURL(address);
      address = URL.createObjectURL(new Blob([frame.png], { type: "image/png" }));
      image.src = address;
      image.alt = frame.alt;
      image.style.width = `${frame.width}px`;
    }
    const open = sentence.querySelector("details")?.open;
    sentence.innerHTML = frame.html;
    if (open && sentence.querySelector("details")) sentence.querySelector("details").open = true;
  }

  const changes = "change:frame change:frames change:index";
  model.on(changes, show);
  show();
  const forget = [() => model.off(changes, show), () => URL.revokeObjectURL(address)];
  // The controls are beside this view, in a box that is not there before it is.
  requestAnimationFrame(() => {
    const box = el.closest(".cnnkit-explorer");
    if (box) forget.push(help(box, model));
  });
  return () => forget.forEach((each) => each());
}

// What the controls lack: names for screen readers, their arrow keys (JupyterLab would go from cell
// to cell), and the End key, for which a slider does not know that its range has changed.
function help(box, model) {
  const titles = ["play", "stop", "repeat"];
  function name() {
    for (const row of box.querySelectorAll(".widget-inline-hbox")) {
      const label = row.querySelector("label")?.textContent;
      const handle = row.querySelector(".noUi-handle");
      if (label && handle) handle.setAttribute("aria-label", label);
    }
    box.querySelectorAll(".widget-play button").forEach((button, i) => {
      button.title = titles[i] ?? "";
      button.setAttribute("aria-label", titles[i] ?? "");
    });
  }
  function focus(event) {
    name();
    event.target.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  function key(event) {
    if (event.key !== "End" || !event.target.closest(".explorer-step")) return;
    event.preventDefault();
    event.stopPropagation();
    model.set("index", model.get("last"));
    model.save_changes();
  }
  name();
  const later = setTimeout(name, 500);
  box.addEventListener("focusin", focus);
  box.addEventListener("keydown", key, true);
  return () => {
    clearTimeout(later);
    box.removeEventListener("focusin", focus);
    box.removeEventListener("keydown", key, true);
  };
}

export default { render };
