// The page of `textseq explore`, part 2 of 3: pointer, wheel, fingers and keys move the map of part
// 1, and a click selects a word (part 3).

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
