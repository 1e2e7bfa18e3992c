// Explorers without a kernel. Each brought its script (an anywidget module), its values and, where
// it moves step by step, its slider; here is the rest of what JupyterLab would give it.
class Model {
  #values;
  #listeners = new Map();

  constructor(values) {
    this.#values = values;
  }

  get(name) {
    return this.#values[name];
  }

  set(name, value) {
    if (typeof name === "object") return Object.entries(name).forEach((each) => this.set(...each));
    if (this.#values[name] === value) return;
    this.#values[name] = value;
    this.#tell(`change:${name}`, value);
    this.#tell("change", value);
  }

  on(events, listener) {
    for (const event of events.split(" ")) {
      this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
    }
  }

  off(events, listener) {
    for (const event of (events ?? [...this.#listeners.keys()].join(" ")).split(" ")) {
      const kept = (this.#listeners.get(event) ?? []).filter((each) => listener && each !== listener);
      this.#listeners.set(event, kept);
    }
  }

  #tell(event, value) {
    for (const listener of this.#listeners.get(event) ?? []) listener(this, value);
  }

  // Nobody is there to be told.
  save_changes() {}
  send() {}
}

function bytes(base64) {
  return new DataView(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
}

function modelOf({ state, buffers }) {
  for (const [path, data] of buffers) {
    const last = path.at(-1);
    const holder = path.slice(0, -1).reduce((value, key) => value?.[key], state);
    if (holder) holder[last] = bytes(data);
  }
  return new Model(state);
}

// A slider and a button that plays, as JupyterLab has them beside a step explorer.
function controls(model, { min, max, value, moves, label }) {
  const row = document.createElement("div");
  row.className = "steps";
  row.innerHTML = `<button type="button" aria-label="play">▶</button>
    <label><span></span> <input type="range" min="${min}" max="${max}" value="${value}"></label>
    <output></output>`;
  const [button, range, output] = ["button", "input", "output"].map((name) => row.querySelector(name));
  row.querySelector("span").textContent = label;
  let playing;
  function show() {
    model.set(moves, range.valueAsNumber);
    output.textContent = range.value;
  }
  function stop() {
    clearInterval(playing);
    playing = undefined;
    button.textContent = "▶";
    button.setAttribute("aria-label", "play");
  }
  button.addEventListener("click", () => {
    if (playing) return stop();
    button.textContent = "❚❚";
    button.setAttribute("aria-label", "pause");
    playing = setInterval(() => {
      range.valueAsNumber = range.valueAsNumber < max ? range.valueAsNumber + 1 : min;
      show();
    }, 900);
  });
  range.addEventListener("input", () => (stop(), show()));
  show();
  return row;
}

async function play(box) {
  const parts = JSON.parse(box.querySelector("script").textContent);
  const drawn = [];
  for (const part of parts) {
    const style = document.createElement("style");
    style.textContent = part.css;
    const address = URL.createObjectURL(new Blob([part.esm], { type: "text/javascript" }));
    const { default: widget } = await import(address);
    const { initialize, render } = typeof widget === "function" ? await widget() : widget;
    const model = modelOf(part);
    const el = document.createElement("div");
    await initialize?.({ model });
    await render({ model, el });
    drawn.push(style, ...(part.slider ? [controls(model, part.slider)] : []), el);
  }
  if (drawn.length) box.querySelector(".stage").replaceChildren(...drawn);
}

for (const box of document.querySelectorAll(".cnnkit-offline")) {
  play(box).catch((error) => console.error("an explorer stays a picture:", error));
}
