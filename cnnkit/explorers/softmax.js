// Scores to drag; softmax, cross-entropy and its gradient are computed here, without a kernel.
function softmax(scores) {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

// −0.000 is 0.000, too.
const signed = (value, digits) =>
  (Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value).toFixed(digits).replace("-", "−");

function render({ model, el }) {
  el.classList.add("cnnkit-softmax");
  const names = model.get("classes");
  const limit = model.get("limit");
  const group = `target-${Math.random().toString(36).slice(2)}`;
  el.innerHTML = `<table><thead><tr><th>true</th><th>class</th><th>score s (drag)</th>
    <th>probability p</th><th>∂L/∂s = p − t</th></tr></thead><tbody></tbody></table>
    <div class="explorer-status" role="status"></div>`;
  const body = el.querySelector("tbody");
  const rows = names.map((name, i) => {
    const row = body.insertRow();
    row.innerHTML = `<td><input type="radio" name="${group}"></td><th scope="row"></th>
      <td data-name="s"><input type="range" min="${-limit}" max="${limit}" step="0.1"><output></output></td>
      <td data-name="p"><span class="bar"><span></span></span><output></output></td>
      <td data-name="p − t" class="gradient"></td>`;
    row.querySelector("th").textContent = name;
    const [radio, range] = row.querySelectorAll("input");
    // They keep their arrow keys: JupyterLab would go from cell to cell.
    [radio, range].forEach((input) => input.setAttribute("data-lm-suppress-shortcuts", "true"));
    radio.setAttribute("aria-label", `the true class is ${name}`);
    range.setAttribute("aria-label", `score of ${name}`);
    radio.addEventListener("change", () => {
      model.set("target", i);
      model.save_changes();
    });
    range.addEventListener("input", () => {
      const scores = [...model.get("scores")];
      scores[i] = Number(range.value);
      model.set("scores", scores);
      model.save_changes();
    });
    return row;
  });

  function show() {
    const scores = model.get("scores");
    const target = model.get("target");
    const probabilities = softmax(scores);
    rows.forEach((row, i) => {
      const [radio, range] = row.querySelectorAll("input");
      const [score, share] = row.querySelectorAll("output");
      radio.checked = i === target;
      range.value = scores[i];
      score.textContent = signed(scores[i], 1);
      share.textContent = `${(100 * probabilities[i]).toFixed(1)} %`;
      row.querySelector(".bar span").style.width = `${100 * probabilities[i]}%`;
      const gradient = probabilities[i] - (i === target ? 1 : 0);
      row.querySelector(".gradient").textContent = signed(gradient, 3);
    });
    // By its scores: the logarithm of a probability that is rounded to 0 would be infinite.
    const largest = Math.max(...scores);
    const sum = scores.reduce((total, score) => total + Math.exp(score - largest), 0);
    const loss = largest + Math.log(sum) - scores[target];
    el.querySelector(".explorer-status").innerHTML =
      `<p>L = −ln p = −ln ${probabilities[target].toPrecision(3).replace(/e-/, "e−")} =
      <b>${signed(loss, 3)}</b>. A score whose gradient is negative is pushed up, the others down;
      the gradients add up to 0.</p>`;
  }

  model.on("change:scores change:target", show);
  show();
  return () => model.off("change:scores change:target", show);
}

export default { render };
