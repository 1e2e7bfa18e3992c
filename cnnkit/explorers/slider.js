// A slider with its name, what its value stands for, buttons back and forward, and one that plays.
function render({ model, el }) {
  el.classList.add("cnnkit-slider");
  el.innerHTML = `<label></label><span class="track"><button class="back">‹</button
    ><input type="range" step="1"><button class="forward">›</button></span><output></output
    ><button class="play"></button>`;
  const [label, range, output] = ["label", "input", "output"].map((name) => el.querySelector(name));
  const [back, forward, play] = el.querySelectorAll("button");
  range.id = `slider-${Math.random().toString(36).slice(2)}`;
  label.htmlFor = output.htmlFor = range.id;
  back.title = "back";
  forward.title = "forward";
  for (const control of [range, back, forward, play]) {
    // They keep their arrow keys: JupyterLab would go from cell to cell.
    control.setAttribute("data-lm-suppress-shortcuts", "true");
    if (control.title) control.setAttribute("aria-label", `${model.get("description")}: ${control.title}`);
  }

  function go(value) {
    model.set("value", Math.min(model.get("max"), Math.max(model.get("min"), value)));
    model.save_changes();
  }
  // The explorer hears of a button as it hears of the slider.
  const moved = () => range.dispatchEvent(new Event("input", { bubbles: true }));
  const press = (by) => () => {
    range.value = model.get("value") + by;
    moved();
  };
  range.addEventListener("input", () => go(Number(range.value)));
  back.addEventListener("click", press(-1));
  forward.addEventListener("click", press(1));
  play.addEventListener("click", () => {
    const playing = !model.get("playing");
    if (playing && model.get("value") === model.get("max")) go(model.get("min"));
    model.set("playing", playing);
    model.save_changes();
  });

  let timer;
  function run() {
    clearInterval(timer);
    if (!model.get("playing")) return;
    timer = setInterval(() => {
      if (model.get("value") < model.get("max")) press(1)();
      if (model.get("value") < model.get("max")) return;
      model.set("playing", false);
      model.save_changes();
    }, model.get("interval"));
  }

  function show() {
    const [value, least, most, labels] = ["value", "min", "max", "labels"].map((name) => model.get(name));
    label.textContent = model.get("description");
    Object.assign(range, { min: least, max: most, value, disabled: model.get("disabled") });
    // A name that it has for its value; until the kernel has sent all, the number.
    output.textContent = labels[value - least] ?? String(value);
    range.setAttribute("aria-valuetext", output.textContent);
    const widest = Math.max(0, ...labels.map((each) => each.length));
    output.style.minWidth = `${Math.min(26, Math.max(3, widest))}ch`;
    back.disabled = range.disabled || value <= least;
    forward.disabled = range.disabled || value >= most;
    play.hidden = !model.get("interval");
    play.disabled = range.disabled;
    play.textContent = model.get("playing") ? "❚❚" : "▶";
    play.title = model.get("playing") ? "stop" : "play";
    play.setAttribute("aria-label", play.title);
  }

  const changes = "change:value change:min change:max change:labels change:disabled change:playing";
  model.on(changes, show);
  model.on("change:playing", run);
  show();
  return () => {
    clearInterval(timer);
    model.off(changes, show);
    model.off("change:playing", run);
  };
}

export default { render };
