// The page of `textseq explore`, part 1 of 3, which explorer.py makes one script of: the map.
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
      const w = pen.measureText(name).width;
      let [px, py] = toScreen(gx, gy);
      if (px < 0 || py < 0 || px > width || py > height) return;
      px = clamp(px, Math.min(w / 2 + 4, width / 2), Math.max(width - w / 2 - 4, width / 2));
      py = clamp(py, 10, height - 10); // all of it is seen
      if (take(px - w / 2 - 4, py - 10, w + 8, 20)) write(name, px, py, colorOf(group));
    });
    pen.font = "13px system-ui, sans-serif";
    pen.textAlign = "left";
  }
  let room = clamp((width * height) / 9000, 20, 160);
  for (let id = 0; id < words.length && room > 0; id++) {
    const px = (places[2 * id] / 65535 - view.x) * view.scale + width / 2;
    const py = height / 2 - (places[2 * id + 1] / 65535 - view.y) * view.scale;
    if (px < 0 || py < 8 || px > width || py > height - 8 || id === selected) continue;
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
