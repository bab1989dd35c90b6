// The page of `textseq explore`, part 3 of 3: the panel, and how all begins. The word that is
// selected and its neighbours, search, analogies, groups.

// ---- the word that was selected, and its neighbours: those of the vectors, not of the map

function neighboursOf(id) {
  return Array.from({ length: meta.k }, (_, place) => ({
    id: neighbours[id * meta.k + place],
    score: cosines[id * meta.k + place] / 32767,
  }));
}

// A list of buttons, one for each word; text is only ever set as text.
function fillList(list, entries) {
  list.replaceChildren(...entries.map(({ id, score }) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    for (const shown of [words[id], score.toFixed(3)]) {
      button.append(Object.assign(document.createElement("span"), { textContent: shown, dir: "auto" }));
    }
    button.addEventListener("click", () => goTo(id));
    item.append(button);
    return item;
  }));
}

function select(id) {
  selected = id;
  $("selected").hidden = id < 0;
  if (id >= 0) {
    $("word").textContent = words[id];
    $("about").textContent =
      `number ${(id + 1).toLocaleString("en")} by frequency, in ${meta.groups[groups[id]].name}`;
    fillList($("neighbours"), neighboursOf(id));
  }
  redraw();
}

function goTo(id) {
  if (chosenGroup >= 0 && groups[id] !== chosenGroup) chooseGroup(-1);
  select(id);
  // So near that half of its neighbours are seen.
  const far = neighboursOf(id).map((other) => Math.hypot(x(other.id) - x(id), y(other.id) - y(id)));
  const half = far.sort((a, b) => a - b)[Math.floor(far.length / 2)];
  const wanted = (0.35 * Math.min(size.width, size.height)) / half;
  flyTo(x(id), y(id), clamp(wanted, fitScale(), fitScale() * 40));
}

// ---- search with completion

const fold = (text) => text.normalize("NFC").toLocaleLowerCase();
let folded = null; // made when somebody searches
let offered = [];
let active = -1;

function complete(typed, most = 12) {
  const wanted = fold(typed.trim());
  if (!wanted) return [];
  folded ??= words.map(fold);
  const begins = [];
  const holds = [];
  const exact = ids.get(typed.trim());
  for (let id = 0; id < words.length && begins.length < most; id++) {
    if (id === exact) continue;
    const at = folded[id].indexOf(wanted);
    if (at === 0) begins.push(id);
    else if (at > 0 && holds.length < most) holds.push(id);
  }
  return [...(exact === undefined ? [] : [exact]), ...begins, ...holds].slice(0, most);
}

function offer(found) {
  offered = found;
  active = found.length ? 0 : -1;
  $("completions").hidden = !found.length;
  $("search").setAttribute("aria-expanded", String(found.length > 0));
  $("completions").replaceChildren(...found.map((id, place) => {
    const item = Object.assign(document.createElement("li"), {
      id: `completion${place}`, textContent: words[id], role: "option", dir: "auto",
    });
    item.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the field keeps the focus
      accept(place);
    });
    return item;
  }));
  mark();
}

function mark() {
  [...$("completions").children].forEach((item, place) => {
    item.setAttribute("aria-selected", String(place === active));
    if (place === active) item.scrollIntoView({ block: "nearest" });
  });
  if (active >= 0) $("search").setAttribute("aria-activedescendant", `completion${active}`);
  else $("search").removeAttribute("aria-activedescendant");
}

function accept(place) {
  const id = offered[place];
  offer([]);
  if (id === undefined) return;
  $("search").value = words[id];
  goTo(id);
}

$("search").addEventListener("input", () => offer(complete($("search").value)));
$("search").addEventListener("blur", () => offer([]));
$("search").addEventListener("keydown", (event) => {
  if (event.isComposing) return; // a syllable of Hangul is not finished yet
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && offered.length) {
    active = (active + step + offered.length) % offered.length;
    mark();
  } else if (event.key === "Enter") accept(active);
  else if (event.key === "Escape") offer([]);
  else return;
  event.preventDefault();
});

// ---- analogies: 3CosAdd with the vectors of the page, 8 or 4 bits a number

let vectors = null;
let lengths = null;

function loadVectors() {
  if (vectors) return;
  const bytes = new Uint8Array(bytesOf("vectors"));
  if (meta.bits === 8) vectors = new Int8Array(bytes.buffer);
  else {
    vectors = new Int8Array(2 * bytes.length); // two numbers in a byte, each plus 8
    bytes.forEach((both, i) => {
      vectors[2 * i] = (both >> 4) - 8;
      vectors[2 * i + 1] = (both & 15) - 8;
    });
  }
  lengths = new Float32Array(words.length);
  for (let id = 0; id < words.length; id++) {
    let sum = 0;
    for (let i = id * meta.dim; i < (id + 1) * meta.dim; i++) sum += vectors[i] ** 2;
    lengths[id] = Math.sqrt(sum) || 1;
  }
}

function analogy(a, b, c, n = 5) {
  loadVectors();
  const target = new Float32Array(meta.dim);
  for (const [id, sign] of [[a, -1], [b, 1], [c, 1]]) {
    for (let i = 0; i < meta.dim; i++) {
      target[i] += (sign * vectors[id * meta.dim + i]) / lengths[id];
    }
  }
  const length = Math.hypot(...target) || 1;
  const best = [];
  for (let id = 0; id < words.length; id++) {
    if (id === a || id === b || id === c) continue;
    let score = 0;
    for (let i = 0, at = id * meta.dim; i < meta.dim; i++, at++) score += target[i] * vectors[at];
    score /= length * lengths[id];
    if (best.length === n && score <= best[n - 1].score) continue;
    best.push({ id, score });
    best.sort((one, other) => other.score - one.score);
    best.length = Math.min(n, best.length);
  }
  return best;
}

$("analogy").addEventListener("submit", (event) => {
  event.preventDefault();
  const asked = ["a", "b", "c"].map((name) => $(name).value.trim());
  const found = asked.map((word) => ids.get(word) ?? ids.get(word.toLocaleLowerCase()));
  const missing = asked.filter((_, place) => found[place] === undefined);
  $("unknown").textContent = missing.length ? `not on this page: ${missing.join(", ")}` : "";
  fillList($("answers"), missing.length ? [] : analogy(...found));
});

// ---- groups

function chooseGroup(group) {
  chosenGroup = group;
  [...$("legend").children].forEach((item, place) =>
    item.firstChild.setAttribute("aria-pressed", String(place === group)),
  );
  redraw();
}

function drawLegend() {
  $("legend").replaceChildren(...meta.groups.map(({ name, n }, group) => {
    const item = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { type: "button" });
    const dot = document.createElement("i");
    dot.style.background = colorOf(group);
    button.append(dot);
    for (const shown of [name, n.toLocaleString("en")]) {
      button.append(Object.assign(document.createElement("span"), { textContent: shown, dir: "auto" }));
    }
    button.addEventListener("click", () => chooseGroup(chosenGroup === group ? -1 : group));
    item.append(button);
    return item;
  }));
  chooseGroup(chosenGroup);
}

// ---- begin

const dark = matchMedia("(prefers-color-scheme: dark)");
function recolor() {
  isDark = dark.matches;
  drawLegend();
}
dark.addEventListener("change", recolor);
$("points").addEventListener("webglcontextlost", (event) => event.preventDefault());
$("points").addEventListener("webglcontextrestored", () => {
  startPoints();
  redraw();
});
// The vectors, two thirds of the page, come last: the map is there before they are.
document.addEventListener("DOMContentLoaded", () => ($("analogy").hidden = !meta.dim));
$("note").textContent = meta.note;
startPoints();
recolor();
new ResizeObserver(resize).observe($("labels"));
// What benchmarks/explore.py reads: the frame after the first one that has its size.
requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("first picture")));
