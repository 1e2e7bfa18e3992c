// Explorers without a kernel. Each of their widgets brought its script (an anywidget module) and its
// values; here is the rest of what JupyterLab would give it, and the links between them.
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

// What is the same in two widgets stays the same.
function link(models, [source, value, target, other]) {
  const [from, to] = [models.get(source), models.get(target)];
  if (!from || !to) return;
  const there = () => to.set(other, from.get(value));
  from.on(`change:${value}`, there);
  to.on(`change:${other}`, () => from.set(value, to.get(other)));
  there();
}

async function play(box) {
  const { parts, links } = JSON.parse(box.querySelector("script").textContent);
  const models = new Map(parts.map((part) => [part.name, modelOf(part)]));
  links.forEach((each) => link(models, each));
  const drawn = [];
  for (const part of parts) {
    const style = document.createElement("style");
    style.textContent = part.css;
    const address = URL.createObjectURL(new Blob([part.esm], { type: "text/javascript" }));
    const { default: widget } = await import(address);
    const { initialize, render } = typeof widget === "function" ? await widget() : widget;
    const model = models.get(part.name);
    const el = document.createElement("div");
    el.classList.add(...part.classes);
    await initialize?.({ model });
    await render({ model, el });
    drawn.push(style, el);
  }
  if (drawn.length) box.querySelector(".stage").replaceChildren(...drawn);
}

for (const box of document.querySelectorAll(".cnnkit-offline")) {
  play(box).catch((error) => console.error("an explorer stays a picture:", error));
}

// Beside a page lie the other lectures' pages; files of the course do not.
for (const link of document.querySelectorAll("a[href]")) {
  const target = link.getAttribute("href");
  if (/^([a-z]+:|#)/.test(target)) continue;
  const beside = target.match(/^([\w.-]+)\.ipynb(#.*)?$/);
  if (beside) link.setAttribute("href", `${beside[1]}.html${beside[2] ?? ""}`);
  else link.replaceWith(...link.childNodes);
}
