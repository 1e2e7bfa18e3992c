// A function, its derivative and its tangent where the slider is. The kernel has computed every value
// and every sentence; here they are drawn, without it.
const WIDEST = 700;
const LEAST = 280;
const HEIGHT = 320;
const LEFT = 50;
const BOTTOM = 40;
const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

function render({ model, el }) {
  el.classList.add("cnnkit-activation");
  const curves = model.get("curves");
  const grid = model.get("grid");
  el.innerHTML = `<p><label>function <select></select></label>
    <label>x <input type="range" min="0" max="${grid.length - 1}"></label> <output></output></p>
    <div class="plot"></div><div class="explorer-status" role="status"></div>`;
  const select = el.querySelector("select");
  const range = el.querySelector("input");
  for (const name of Object.keys(curves)) select.add(new Option(name));
  // They keep their arrow keys: JupyterLab would go from cell to cell.
  for (const control of [select, range]) {
    control.setAttribute("data-lm-suppress-shortcuts", "true");
    control.addEventListener("input", () => {
      model.set({ function: select.value, index: Number(range.value) });
      model.save_changes();
    });
  }

  let width = WIDEST;

  function show() {
    const name = model.get("function");
    const index = model.get("index");
    const { y, slope, sentence } = curves[name];
    select.value = name;
    range.value = index;
    range.setAttribute("aria-valuetext", `x = ${grid[index]}`);
    el.querySelector("output").textContent = grid[index].toFixed(1).replace("-", "−");
    el.querySelector(".explorer-status").innerHTML = `<p>${sentence[index]}</p>`;
    const plot = el.querySelector(".plot");
    plot.replaceChildren();
    const words = `${name}, its derivative and its tangent. ${sentence[index]}`;
    draw(plot, width, grid, y, slope, index, words);
  }

  const changes = "change:function change:index";
  model.on(changes, show);
  show();
  // As wide as the page lets it be: what is written keeps its size.
  const resized = new ResizeObserver(() => {
    const room = Math.max(LEAST, Math.min(WIDEST, Math.floor(el.querySelector(".plot").clientWidth)));
    if (room === width) return;
    width = room;
    show();
  });
  resized.observe(el);
  return () => {
    resized.disconnect();
    model.off(changes, show);
  };
}

function draw(parent, width, grid, y, slope, index, words) {
  const values = [...y, ...slope];
  const low = Math.max(-2.2, Math.min(...values)) - 0.2;
  const high = Math.min(6, Math.max(...values)) + 0.3;
  const ends = [grid[0], grid[grid.length - 1]];
  const across = (x) => LEFT + ((x - ends[0]) / (ends[1] - ends[0])) * (width - LEFT - 10);
  const up = (v) => 5 + ((high - v) / (high - low)) * (HEIGHT - BOTTOM - 5);
  const svg = element("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img" }, parent);
  svg.setAttribute("aria-label", words);
  const inner = `M${LEFT} 5H${width - 10}V${HEIGHT - BOTTOM}H${LEFT}Z`;
  const clip = element("clipPath", { id: `plot-${Math.random().toString(36).slice(2)}` }, svg);
  element("path", { d: inner }, clip);
  const axes = element("g", { class: "axes" }, svg);
  for (let x = ends[0]; x <= ends[1]; x += 2) {
    element("path", { d: `M${across(x)} 5V${HEIGHT - BOTTOM}` }, axes);
    label(axes, across(x), HEIGHT - BOTTOM + 16, x, "middle");
  }
  for (let v = Math.ceil(low); v <= high; v += 1) {
    element("path", { d: `M${LEFT} ${up(v)}H${width - 10}`, class: v ? "" : "zero" }, axes);
    label(axes, LEFT - 8, up(v) + 4, v, "end");
  }
  label(axes, across(0), HEIGHT - 4, "x", "middle");
  const inside = element("g", { "clip-path": `url(#${clip.id})`, fill: "none" }, svg);
  line(inside, "y", grid.map((x, i) => [across(x), up(y[i])]));
  line(inside, "slope", grid.map((x, i) => [across(x), up(slope[i])]));
  const x = grid[index];
  const tangent = [x - 1, x + 1].map((t) => [across(t), up(y[index] + slope[index] * (t - x))]);
  line(inside, "tangent", tangent);
  element("circle", { cx: across(x), cy: up(y[index]), r: 6, class: "place" }, svg);
  ["y", "dy/dx", "tangent"].forEach((name, i) => {
    const level = 24 + 20 * i;
    line(svg, ["y", "slope", "tangent"][i], [[LEFT + 14, level - 5], [LEFT + 44, level - 5]]);
    label(svg, LEFT + 52, level, name, "start");
  });
}

// A stroke through the points, interrupted where it jumps.
function line(parent, kind, points) {
  const jumps = (i) => points.length > 2 && Math.abs(points[i][1] - points[i - 1][1]) > 30;
  const d = points.map(([x, y], i) => `${i === 0 || jumps(i) ? "M" : "L"}${x} ${y}`).join("");
  element("path", { d, class: kind, fill: "none" }, parent);
}

function label(parent, x, y, text, anchor) {
  const made = element("text", { x, y, "text-anchor": anchor }, parent);
  made.textContent = String(text).replace("-", "−");
}

export default { render };
