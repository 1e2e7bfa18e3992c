// A kernel of nine weights to write, the photograph, and what it makes of it, all computed here.
// Where the weights add up to 0, mid-grey is 0, and the strongest of a hundred pixels is black or
// white; else black is 0 and white 255 (as in cnnkit.viz.filter_gallery).
const MINUS = /-/g;
const words = (value, digits = 3) => String(Number(value.toFixed(digits))).replace(MINUS, "−");
const bracketed = (value) => (value < 0 ? `(${words(value)})` : words(value));

// h[m, n] = Σ f[k, l] I[m + k, n + l], row by row.
export function correlate({ width, height, pixels }, kernel) {
  const across = width - 2;
  const result = new Float64Array(across * (height - 2));
  for (let m = 0; m < height - 2; m++) {
    for (let n = 0; n < across; n++) {
      let sum = 0;
      for (let k = 0; k < 3; k++) {
        for (let l = 0; l < 3; l++) sum += kernel[k][l] * pixels[(m + k) * width + n + l];
      }
      result[m * across + n] = sum;
    }
  }
  return result;
}

function greys(response, kernel) {
  const sum = kernel.flat().reduce((total, weight) => total + weight, 0);
  if (Math.abs(sum) > 1e-9) return response;
  const sorted = response.map(Math.abs).sort();
  const strong = sorted[Math.round(0.99 * (sorted.length - 1))] || 1;
  return response.map((value) => 127.5 * (1 + value / strong));
}

function paint(canvas, width, height, values) {
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  values.forEach((value, i) => image.data.fill(Math.round(Math.min(255, Math.max(0, value))), 4 * i, 4 * i + 3));
  for (let i = 3; i < image.data.length; i += 4) image.data[i] = 255;
  canvas.getContext("2d").putImageData(image, 0, 0);
}

const FRAME = `<div class="layers"><canvas></canvas><i class="window"></i></div>`;
const LAYOUT = `
  <p class="choices"><label>photograph <select class="photo"></select></label>
    <label>kernel <select class="preset"></select></label></p>
  <div class="equation">
    <figure class="input"><figcaption>photograph I</figcaption>${FRAME}</figure>
    <span class="sign">⋆</span>
    <figure class="weights"><figcaption>kernel f</figcaption><div class="fields"></div>
      <p class="sum"></p></figure>
    <span class="sign">=</span>
    <figure class="result"><figcaption>output h = f ⋆ I</figcaption>${FRAME}</figure>
  </div>
  <div class="explorer-status" role="status"></div>`;

function render({ model, el }) {
  el.classList.add("cnnkit-kernel");
  el.innerHTML = LAYOUT;
  const [photo, preset] = el.querySelectorAll("select");
  const [input, output] = el.querySelectorAll(".layers");
  const photos = model.get("photos");
  const presets = model.get("presets");
  for (const name of Object.keys(photos)) photo.add(new Option(name));
  for (const name of [...Object.keys(presets), "my own"]) preset.add(new Option(name));
  photo.closest("label").hidden = photo.options.length < 2;
  const fields = makeFields(el.querySelector(".fields"));
  let image;
  let response;
  let place;

  function write(change) {
    model.set(change);
    model.save_changes();
  }

  function show() {
    const kernel = model.get("kernel");
    const chosen = photos[model.get("photo")];
    const { buffer, byteOffset, byteLength } = chosen.pixels;
    image = { ...chosen, pixels: new Uint8Array(buffer, byteOffset, byteLength) };
    response = correlate(image, kernel);
    paint(input.firstChild, image.width, image.height, image.pixels);
    paint(output.firstChild, image.width - 2, image.height - 2, greys(response, kernel));
    photo.value = model.get("photo");
    preset.value = Object.keys(presets).find((name) => same(presets[name], kernel)) ?? "my own";
    fields.forEach((field, i) => {
      const weight = kernel[Math.floor(i / 3)][i % 3];
      // What is being written is left as it is: "0." would become "0".
      if (Number(field.value) !== weight || field.value === "") field.value = round(weight);
      field.removeAttribute("aria-invalid");
    });
    el.querySelector(".sum").textContent = `sum ${words(kernel.flat().reduce((a, b) => a + b))}`;
    point(place ?? [Math.floor(image.height / 2), Math.floor(image.width / 2)]);
  }

  // Frames the window of an output cell, and says how its value comes about.
  function point([m, n]) {
    const across = image.width - 2;
    m = Math.min(Math.max(m, 0), image.height - 3);
    n = Math.min(Math.max(n, 0), across - 1);
    place = [m, n];
    frame(input, image, m, n, 3);
    frame(output, { width: across, height: image.height - 2 }, m, n, 1);
    const kernel = model.get("kernel");
    const terms = kernel.flat().map((weight, i) => {
      const value = image.pixels[(m + Math.floor(i / 3)) * image.width + n + (i % 3)];
      return `${value}·${bracketed(weight)}`;
    });
    const sum = words(response[m * across + n]);
    const text = `h[${m}, ${n}] = ${terms.join(" + ")} = <b>${sum}</b>`;
    el.querySelector(".explorer-status").innerHTML = `<p>${text}</p>`;
    output.setAttribute("aria-label", `output, at row ${m}, column ${n}: ${sum}`);
  }

  fields.forEach((field) => field.addEventListener("input", () => {
    if (field.value.trim() === "" || !field.validity.valid) {
      field.setAttribute("aria-invalid", "true");
      el.querySelector(".explorer-status").innerHTML = "<p>A weight has to be a number: 1, −0.5, …</p>";
      return;
    }
    const weights = fields.map((each, i) => {
      const kept = model.get("kernel")[Math.floor(i / 3)][i % 3];
      return each === field ? Number(field.value) : kept;
    });
    write({ kernel: [weights.slice(0, 3), weights.slice(3, 6), weights.slice(6)] });
  }));
  preset.addEventListener("input", () => {
    if (presets[preset.value]) write({ kernel: presets[preset.value] });
    else fields[0].focus();
  });
  photo.addEventListener("input", () => write({ photo: photo.value }));
  listen(input, () => place, point, () => image.width, 1);
  listen(output, () => place, point, () => image.width - 2, 0);
  [photo, preset, ...fields, input, output].forEach((each) => each.setAttribute("data-lm-suppress-shortcuts", "true"));

  model.on("change:kernel change:photo", show);
  show();
  return () => model.off("change:kernel change:photo", show);
}

// Hovering or the arrow keys choose a cell of the output; `before` is how many rows and columns of
// the photograph are above and left of the middle of its window.
function listen(layers, place, point, width, before) {
  layers.tabIndex = 0;
  layers.setAttribute("role", "img");
  layers.setAttribute("aria-label", "photograph");
  layers.addEventListener("pointermove", (event) => {
    const box = layers.getBoundingClientRect();
    const pixel = box.width / width();
    const [row, column] = [event.clientY - box.top, event.clientX - box.left].map((d) => Math.floor(d / pixel));
    point([row - before, column - before]);
  });
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  layers.addEventListener("keydown", (event) => {
    if (!steps[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    point(place().map((value, i) => value + steps[event.key][i]));
  });
}

function frame(layers, { width, height }, row, column, side) {
  const shares = { left: column / width, top: row / height, width: side / width, height: side / height };
  for (const [name, share] of Object.entries(shares)) layers.lastChild.style[name] = `${100 * share}%`;
}

function makeFields(parent) {
  return [...Array(9).keys()].map((i) => {
    const field = document.createElement("input");
    Object.assign(field, { type: "number", step: "any", required: true });
    field.setAttribute("aria-label", `weight in row ${Math.floor(i / 3)}, column ${i % 3}`);
    parent.append(field);
    return field;
  });
}

const round = (weight) => Number(weight.toFixed(3));
const same = (one, other) => one.flat().every((weight, i) => Math.abs(weight - other.flat()[i]) < 1e-12);

export default { render };
