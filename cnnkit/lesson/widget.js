// A question: what is typed goes to the kernel, and its reply is shown and read out.
let count = 0;

function element(name, properties = {}, ...inside) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
}

function choices(model, group) {
  return model.get("options").map(({ value, html }) => {
    const button = element("input", { type: "radio", name: group, value });
    button.checked = value === model.get("typed");
    return element("label", {}, button, element("span", { innerHTML: html }));
  });
}

function render({ model, el }) {
  const id = `cnnkit-question-${++count}`;
  const ask = element("div", { id, className: "ask", innerHTML: model.get("ask") });
  const form = element("form", { autocomplete: "off" });
  form.setAttribute("role", "group");
  form.setAttribute("aria-labelledby", id);
  const options = choices(model, id);
  const input = element("input", { type: "text", value: model.get("typed"), maxLength: 400 });
  input.setAttribute("aria-label", `Your answer: ${model.get("field")}`);
  input.placeholder = model.get("field");
  const check = element("button", { type: "submit", textContent: model.get("button") });
  const unit = element("span", { textContent: model.get("unit") });
  if (options.length) form.append(element("div", { className: "options" }, ...options), check);
  else form.append(input, ...(unit.textContent ? [unit] : []), check);
  const reply = element("div", { className: "reply" });
  reply.setAttribute("role", "status");
  const worked = element("details", { hidden: true });
  let late;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = options.length ? new FormData(form).get(id) ?? "" : input.value;
    clearTimeout(late);
    late = setTimeout(() => {
      reply.className = "reply";
      reply.textContent = "The notebook's kernel has not answered: is it busy, or does it not run?";
    }, 3000);
    model.send({ typed });
  });
  // A notebook takes keys as commands; they belong to the field while it has them.
  for (const kind of ["keydown", "keypress", "keyup"]) {
    form.addEventListener(kind, (event) => event.stopPropagation());
  }
  const show = () => {
    clearTimeout(late);
    const { verdict, html } = model.get("reply");
    if (!verdict) return;
    reply.className = `reply ${verdict.replace(" ", "-")}`;
    reply.innerHTML = html;
  };
  const offer = () => {
    worked.hidden = !model.get("worked");
    worked.innerHTML = `<summary>The worked solution</summary>${model.get("worked")}`;
  };
  model.on("change:reply", show);
  model.on("change:worked", offer);
  show();
  offer();
  el.classList.add("cnnkit-question");
  el.append(ask, form, reply, worked);
  return () => {
    clearTimeout(late);
    model.off("change:reply", show);
    model.off("change:worked", offer);
  };
}

export default { render };
