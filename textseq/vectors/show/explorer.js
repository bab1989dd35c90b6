// The page of `textseq explore`: a map of words that pans, zooms and answers.
//
// In: what explorer.py has put into script elements that do not run: data-meta (JSON: words, most
// frequent first; names of groups) and arrays in base64. Out: points by WebGL2 in one draw call,
// labels on a canvas above it. Nothing is fetched, and no word is ever read as HTML.
"use strict";

const $ = (id) => document.getElementById(id);
const meta = JSON.parse($("data-meta").textContent);
const words = meta.words;

function bytesOf(id) {
  const text = atob($(`data-${id}`).textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}

const places = new Uint16Array(bytesOf("places")); // x, y of each word, 0..65535
const groups = new Uint8Array(bytesOf("groups")); // of each word
const Ids = meta.wide ? Uint32Array : Uint16Array;
const neighbours = new Ids(bytesOf("neighbours")); // k of each word, nearest first
const cosines = new Int16Array(bytesOf("cosines")); // of these, in 1/32767
const ids = new Map(words.map((word, id) => [word, id]));
const x = (id) => places[2 * id] / 65535;
const y = (id) => places[2 * id + 1] / 65535;

// ---- the view: which part of the unit square is seen; scale is in CSS pixels a unit

const view = { x: 0.5, y: 0.5, scale: 0.92 }; // all of a square of 1 pixel, until `resize`
const size = { width: 1, height: 1, dense: 1 };
let selected = -1;
let chosenGroup = -1;
let isDark = false;

const fitScale = () => 0.92 * Math.min(size.width, size.height);
const toScreen = (px, py) => [
  (px - view.x) * view.scale + size.width / 2,
  size.height / 2 - (py - view.y) * view.scale,
];
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

function moveBy(dx, dy) {
  view.x = clamp(view.x - dx / view.scale, 0, 1);
  view.y = clamp(view.y + dy / view.scale, 0, 1);
  redraw();
}

function zoomAt(factor, sx, sy) {
  const scale = clamp(view.scale * factor, fitScale() / 2, fitScale() * 400);
  const shift = 1 / view.scale - 1 / scale; // the point under the pointer stays there
  view.x += (sx - size.width / 2) * shift;
  view.y -= (sy - size.height / 2) * shift;
  view.scale = scale;
  moveBy(0, 0);
}

let flight = 0; // the number of the last one; an older one stops
function flyTo(px, py, scale) {
  const number = ++flight;
  const from = { ...view };
  const start = performance.now();
  const length = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 350;
  function step(now) {
    if (number !== flight) return;
    const done = length ? clamp((now - start) / length, 0, 1) : 1;
    const t = done * done * (3 - 2 * done);
    view.scale = from.scale * (scale / from.scale) ** t;
    view.x = from.x + (px - from.x) * t;
    view.y = from.y + (py - from.y) * t;
    redraw();
    if (done < 1) requestAnimationFrame(step);
  }
  requestAnimationFrame(step);
}

const showAll = () => flyTo(0.5, 0.5, fitScale());

// ---- points

const VERTEX = `#version 300 es
in vec2 place;
in float group;
uniform vec2 center, zoom;
uniform float size;
uniform vec4 colors[40];
out vec4 color;
void main() {
  gl_Position = vec4((place - center) * zoom, 0.0, 1.0);
  gl_PointSize = size * (gl_VertexID < 1000 ? 1.6 : 1.0); // the most frequent words
  color = colors[int(group)];
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 color;
out vec4 pixel;
void main() {
  vec2 from = gl_PointCoord - 0.5;
  if (dot(from, from) > 0.25) discard;
  pixel = vec4(color.rgb * color.a, color.a);
}`;

let gl = null;
let uniforms = {};

function startPoints() {
  gl = $("points").getContext("webgl2", { antialias: false });
  if (!gl) {
    $("message").textContent = "This browser has no WebGL 2: words are shown, points are not.";
    $("message").hidden = false;
    return;
  }
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  const fill = (name, array, n, kind, normalized) => {
    const at = gl.getAttribLocation(program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, array, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, n, kind, normalized, 0, 0);
  };
  fill("place", places, 2, gl.UNSIGNED_SHORT, true);
  fill("group", groups, 1, gl.UNSIGNED_BYTE, false);
  for (const name of ["center", "zoom", "size", "colors"]) {
    uniforms[name] = gl.getUniformLocation(program, name);
  }
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
}

// Hues a golden angle apart, as far from each other as any number of them can be.
const hue = (group) => (group * 137.508 + 210) % 360;
const colorOf = (group) => `hsl(${hue(group)} 62% ${isDark ? 66 : 42}%)`;

function rgb(group) {
  const light = isDark ? 0.66 : 0.42;
  const reach = 0.62 * Math.min(light, 1 - light);
  return [0, 8, 4].map((n) => {
    const k = (n + hue(group) / 30) % 12;
    return light - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  });
}

function drawPoints() {
  if (!gl) return;
  const colors = new Float32Array(160);
  meta.groups.forEach((_, group) => {
    const isFaint = chosenGroup >= 0 && chosenGroup !== group;
    colors.set([...rgb(group), isFaint ? 0.08 : 0.75], 4 * group);
  });
  const zoomed = Math.log2(Math.max(1, view.scale / fitScale()));
  gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
  gl.clearColor(0, 0, 0, 0);
  gl.clear(gl.COLOR_BUFFER_BIT);
  gl.uniform2f(uniforms.center, view.x, view.y);
  gl.uniform2f(uniforms.zoom, (2 * view.scale) / size.width, (2 * view.scale) / size.height);
  gl.uniform1f(uniforms.size, size.dense * (2 + 0.8 * zoomed));
  gl.uniform4fv(uniforms.colors, colors);
  gl.drawArrays(gl.POINTS, 0, words.length);
}

// ---- labels: in the order of frequency, where a grid has room; the grid moves with the words, so
// that a label stays while one pans

const CELL = 12; // CSS pixels
const pen = $("labels").getContext("2d");
const widths = new Map();

function widthOf(text) {
  let width = widths.get(text);
  if (width === undefined) widths.set(text, (width = pen.measureText(text).width));
  return width;
}

function drawLabels() {
  const { width, height, dense } = size;
  pen.setTransform(dense, 0, 0, dense, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.lineJoin = "round";
  const style = getComputedStyle(document.documentElement);
  const [back, text, faint, mark] = ["--back", "--text", "--faint", "--mark"].map((name) =>
    style.getPropertyValue(name),
  );
  const columns = Math.ceil(width / CELL) + 2;
  const rows = Math.ceil(height / CELL) + 2;
  const taken = new Uint8Array(columns * rows);
  const [originX, originY] = toScreen(0, 0);
  const shiftX = ((originX % CELL) + CELL) % CELL;
  const shiftY = ((originY % CELL) + CELL) % CELL;

  // Whether a box of the screen is free, and taken from now on.
  function take(left, top, w, h, always) {
    const x0 = Math.max(0, Math.floor((left - shiftX) / CELL) + 1);
    const x1 = Math.min(columns - 1, Math.floor((left + w - shiftX) / CELL) + 1);
    const y0 = Math.max(0, Math.floor((top - shiftY) / CELL) + 1);
    const y1 = Math.min(rows - 1, Math.floor((top + h - shiftY) / CELL) + 1);
    for (let row = y0; !always && row <= y1; row++) {
      for (let column = x0; column <= x1; column++) if (taken[row * columns + column]) return false;
    }
    for (let row = y0; row <= y1; row++) taken.fill(1, row * columns + x0, row * columns + x1 + 1);
    return true;
  }

  function write(label, left, middle, color) {
    pen.strokeStyle = back;
    pen.fillStyle = color;
    pen.lineWidth = 3;
    pen.strokeText(label, left, middle);
    pen.fillText(label, left, middle);
  }

  pen.textBaseline = "middle";
  pen.textAlign = "left";
  pen.font = "13px system-ui, sans-serif";
  if (selected >= 0) {
    const [sx, sy] = toScreen(x(selected), y(selected));
    const near = neighboursOf(selected);
    pen.strokeStyle = mark;
    pen.lineWidth = 1;
    pen.globalAlpha = 0.5;
    pen.beginPath();
    for (const { id } of near) {
      pen.moveTo(sx, sy);
      pen.lineTo(...toScreen(x(id), y(id)));
    }
    pen.stroke();
    pen.globalAlpha = 1;
    pen.beginPath();
    pen.arc(sx, sy, 6, 0, 7);
    pen.lineWidth = 2;
    pen.stroke();
    [{ id: selected }, ...near].forEach(({ id }, number) => {
      const [px, py] = toScreen(x(id), y(id));
      if (take(px + 6, py - 8, widthOf(words[id]), 16, number === 0)) {
        write(words[id], px + 8, py, mark);
      }
    });
  }
  if (view.scale < 3 * fitScale()) {
    pen.font = "bold 14px system-ui, sans-serif";
    pen.textAlign = "center";
    meta.groups.forEach(({ name, x: gx, y: gy }, group) => {
      const [px, py] = toScreen(gx, gy);
      const w = pen.measureText(name).width;
      if (take(px - w / 2 - 4, py - 10, w + 8, 20)) write(name, px, py, colorOf(group));
    });
    pen.font = "13px system-ui, sans-serif";
    pen.textAlign = "left";
  }
  let room = clamp((width * height) / 9000, 20, 160);
  for (let id = 0; id < words.length && room > 0; id++) {
    const px = (places[2 * id] / 65535 - view.x) * view.scale + width / 2;
    const py = height / 2 - (places[2 * id + 1] / 65535 - view.y) * view.scale;
    if (px < 0 || py < 0 || px > width || py > height || id === selected) continue;
    if (chosenGroup >= 0 && groups[id] !== chosenGroup) continue;
    const w = widthOf(words[id]);
    if (px + 6 + w > width) continue; // the edge would cut it
    if (w > 240 || !take(px - 6, py - 12, w + 22, 24)) continue; // with air around it
    write(words[id], px + 6, py, id < 1000 ? text : faint);
    room--;
  }
}

let isQueued = false;
function redraw() {
  if (isQueued) return;
  isQueued = true;
  requestAnimationFrame(() => {
    isQueued = false;
    drawPoints();
    drawLabels();
  });
}

function resize() {
  const before = view.scale / fitScale();
  const box = $("labels").getBoundingClientRect();
  Object.assign(size, {
    width: Math.max(1, box.width),
    height: Math.max(1, box.height),
    dense: Math.min(devicePixelRatio || 1, 2),
  });
  for (const canvas of [$("points"), $("labels")]) {
    canvas.width = Math.round(size.width * size.dense);
    canvas.height = Math.round(size.height * size.dense);
  }
  view.scale = before * fitScale();
  redraw();
}

// ---- pointer, wheel, fingers, keys

const pointers = new Map();
let travelled = 0; // pixels since the button or finger went down
const surface = $("labels");

surface.addEventListener("pointerdown", (event) => {
  surface.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
  if (pointers.size === 1) travelled = 0;
  flight++;
});

surface.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  const now = { x: event.offsetX, y: event.offsetY };
  const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
  if (other) {
    // Two fingers: each moves the middle by half its way, and the distance zooms.
    moveBy((now.x - before.x) / 2, (now.y - before.y) / 2);
    const apart = (a) => Math.max(1, Math.hypot(a.x - other.x, a.y - other.y));
    zoomAt(apart(now) / apart(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
    travelled = Infinity;
  } else {
    moveBy(now.x - before.x, now.y - before.y);
    travelled += Math.hypot(now.x - before.x, now.y - before.y);
  }
  pointers.set(event.pointerId, now);
});

function release(event) {
  const wasAClick = pointers.delete(event.pointerId) && event.type === "pointerup" && travelled < 6;
  if (wasAClick) select(nearestTo(event.offsetX, event.offsetY));
}
surface.addEventListener("pointerup", release);
surface.addEventListener("pointercancel", release);

surface.addEventListener("wheel", (event) => {
  event.preventDefault();
  flight++;
  const step = event.deltaMode === 1 ? 20 : 1; // lines or pixels
  zoomAt(Math.exp(-clamp(event.deltaY * step, -200, 200) * 0.0025), event.offsetX, event.offsetY);
}, { passive: false });

surface.addEventListener("keydown", (event) => {
  const far = 0.1 * Math.min(size.width, size.height);
  const middle = [size.width / 2, size.height / 2];
  const actions = {
    ArrowLeft: () => moveBy(far, 0), ArrowRight: () => moveBy(-far, 0),
    ArrowUp: () => moveBy(0, far), ArrowDown: () => moveBy(0, -far),
    "+": () => zoomAt(1.4, ...middle), "=": () => zoomAt(1.4, ...middle),
    "-": () => zoomAt(1 / 1.4, ...middle), 0: showAll, Home: showAll,
    "/": () => $("search").focus(), Escape: () => select(-1),
  };
  if (event.ctrlKey || event.metaKey || event.altKey || !actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
});

// The word whose point is nearest, -1 if none is within 14 pixels.
function nearestTo(sx, sy) {
  let best = -1;
  let least = (14 / view.scale) ** 2;
  const px = view.x + (sx - size.width / 2) / view.scale;
  const py = view.y - (sy - size.height / 2) / view.scale;
  for (let id = 0; id < words.length; id++) {
    if (chosenGroup >= 0 && groups[id] !== chosenGroup) continue;
    const distance = (x(id) - px) ** 2 + (y(id) - py) ** 2;
    if (distance < least) [best, least] = [id, distance];
  }
  return best;
}

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

// ---- analogies: 3CosAdd with the vectors of the page, 8 bits a number

let vectors = null;
let lengths = null;

function loadVectors() {
  if (vectors) return;
  vectors = new Int8Array(bytesOf("vectors"));
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
$("analogy").hidden = !meta.dim;
$("note").textContent = meta.note;
startPoints();
recolor();
new ResizeObserver(resize).observe($("labels"));
