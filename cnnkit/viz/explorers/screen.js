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

  function show() {
    const frame = model.get("frames")[model.get("index")] ?? model.get("frame");
    image.hidden = !frame.png?.byteLength;
    if (!image.hidden) {
      URL.revokeObjectURL(address);
      address = URL.createObjectURL(new Blob([frame.png], { type: "image/png" }));
      image.src = address;
      image.alt = frame.alt;
      image.style.width = `${frame.width}px`;
    }
    sentence.innerHTML = frame.html;
    el.dataset.ahead = model.get("frames").length > 0;
  }

  // Whatever control has the focus keeps its arrow keys: JupyterLab would go from cell to cell.
  requestAnimationFrame(() =>
    el.closest(".cnnkit-explorer")?.addEventListener("focusin", (event) =>
      event.target.setAttribute("data-lm-suppress-shortcuts", "true")));

  const changes = "change:frame change:frames change:index";
  model.on(changes, show);
  show();
  return () => {
    model.off(changes, show);
    URL.revokeObjectURL(address);
  };
}

export default { render };
