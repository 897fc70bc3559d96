// Calls both models over TF Serving's REST API, which has the same origin as the page.

const MODELS = ["recommender", "designer"];
const SHOWN = 20;

// Handler of each form: sends the request and returns the elements to show.
const ASK = {
  recommend: async ({ user }) => showItems(
    await predict("recommender", "serving_default", { user_id: [user] }),
    "known_user", `The model does not know user ${user}; ranking for the average user:`),
  similar: async ({ item }) => showItems(
    await predict("recommender", "similar_items", { item_id: [item] }),
    "known_item", `The model does not know item ${item}.`),
  score: async ({ user, photo }) => {
    const answer = await predict("recommender", "score_images",
      { user_id: [user], image_bytes: [await encode(photo)] });
    return [figure(URL.createObjectURL(photo), `score ${answer.scores[0].toFixed(3)}`)];
  },
  generate: async ({ category, seed }) => showDrawing(
    await predict("designer", "serving_default", { category: [category], seed: [Number(seed)] }),
    ["realism"]),
  design: async ({ user, category, seed }) => showDrawing(
    await predict("designer", "design",
      { user_id: [user], category: [category], seed: [Number(seed)] }),
    ["preference", "realism"]),
  compose: async ({ user, category, seed }) => showDrawing(
    await predict("designer", "compose",
      { user_id: [user], category: [category], seed: [Number(seed)] }),
    ["preference"]),
  restyle: async ({ user, category, photo, strength }) => [
    figure(URL.createObjectURL(photo), "input image"),
    ...showDrawing(
      await predict("designer", "restyle", {
        user_id: [user], image_bytes: [await encode(photo)],
        category: [category], strength: [Number(strength)],
      }),
      ["preference_input", "preference_before", "preference_after"]),
  ],
};

async function predict(model, signature, inputs) {
  const response = await fetch(`/v1/models/${model}:predict`, {
    method: "POST",
    body: JSON.stringify({ signature_name: signature, inputs }),
  });
  const answer = await response.json();
  const reason = response.ok ? answer.outputs.error?.find((text) => text) : answer.error;
  if (reason) throw new Error(reason);
  return answer.outputs;
}

async function encode(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return { b64: btoa(text) };
}

async function showItems(answer, known, otherwise) {
  const ids = answer.item_ids[0].filter((id) => id).slice(0, SHOWN);
  const because = answer.because_item_ids?.[0].slice(0, ids.length) ?? [];
  const asked = [...new Set([...ids, ...because])];
  const info = asked.length ? await predict("recommender", "item_info", { item_id: [...asked] }) : {};
  const name = (id) => info.title[asked.indexOf(id)] || id;
  const items = ids.map((id, rank) => {
    const place = asked.indexOf(id);
    const price = info.price[place] >= 0 ? ` ${info.price[place]},` : "";
    const reason = because[rank] ? `, because of ${name(because[rank])}` : "";
    const caption = `${name(id)}${price} ${answer.scores[0][rank].toFixed(3)}${reason}`;
    return figure(`photos/${encodeURIComponent(id)}.jpg`, caption, info.url[place]);
  });
  return answer[known][0] ? items : [sentence(otherwise), ...items];
}

function showDrawing(answer, numbers) {
  const said = numbers.map((name) => `${name.replaceAll("_", " ")} ${answer[name][0].toFixed(3)}`);
  if (answer.color_name) said.push(answer.color_name[0]);
  const items = [
    ["cut of", answer.cut_item_id ?? []],
    ["cloth of", answer.cloth_item_id ?? []],
    ["similar item:", answer.nearest_item_ids?.[0] ?? []],
  ].flatMap(([role, ids]) => ids.filter((id) => id).map((id) =>
    figure(`photos/${encodeURIComponent(id)}.jpg`, `${role} ${id}`)));
  return [figure(`data:image/png;base64,${answer.image_bytes[0].b64}`, said.join(", ")), ...items];
}

// Captions hold untrusted text: it is set as text, never as HTML, and links lead to the web only.
function figure(source, caption, link = "") {
  const [whole, image, text, anchor] = ["figure", "img", "figcaption", "a"].map((tag) => document.createElement(tag));
  image.src = source;
  image.alt = "";
  image.onerror = () => image.remove(); // photos/ has no image of this item.
  anchor.textContent = caption;
  if (/^https?:\/\//.test(link)) anchor.href = link;
  text.append(anchor);
  whole.append(image, text);
  return whole;
}

function sentence(text, kind = "") {
  const whole = document.createElement("p");
  whole.className = kind;
  whole.textContent = text;
  return whole;
}

const answer = document.getElementById("answer");

async function ask(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  answer.replaceChildren(sentence("…"));
  try {
    answer.replaceChildren(...await ASK[form.id](Object.fromEntries(new FormData(form))));
  } catch (error) {
    answer.replaceChildren(sentence(error.message, "error"));
  }
  button.disabled = false;
}

for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(form);
  });
}

const served = await Promise.all(MODELS.map(async (model) => {
  const response = await fetch(`/v1/models/${model}`);
  if (!response.ok) return `${model}: not served`;
  const versions = (await response.json()).model_version_status
    .filter((one) => one.state === "AVAILABLE").map((one) => one.version);
  return `${model} ${versions.join(", ")}`;
}));
document.getElementById("models").textContent = served.join(" · ");

// A link such as #recommend?user=204 fills in the form and sends it.
const [name, values] = location.hash.slice(1).split("?");
if (Object.hasOwn(ASK, name)) {
  const form = document.getElementById(name);
  for (const [field, value] of new URLSearchParams(values)) form.elements[field].value = value;
  ask(form);
}
