// What a drag, a wheel or two fingers do in the plot: brush a region, or move and enlarge the picture.

import { brush as makeBrush } from "d3-brush";
import { select } from "d3-selection";
import { zoom as makeZoom, zoomIdentity } from "d3-zoom";
import { clamp } from "../shared/numbers.js";
import { EDGE, MARGIN } from "./place.js";
import { change } from "./view.js";

const CLOSEST = 40; // how many times the picture can be enlarged,
const LEAST = 0.02; // unless fewer nats than these would be left in sight, whose ticks need a fourth decimal

/**
 * @param view
 * @param place where values lie; an enlarged or moved picture is written into it
 * @param {{stage: HTMLElement, layer: SVGGElement}} nodes the plot, and the layer that D3 draws the region's frame in
 * @param {{hit(event), moved()}} calls which row's dot an event means; what to do once the picture has moved
 */
export function makeGestures(view, place, { stage, layer }, { hit, moved }) {
  const { data, model } = view;
  let drawing = "brush";
  let touched = false; // whether a finger may draw: only once the reader says so, or the page could not be scrolled

  const zoom = makeZoom()
    .scaleExtent([1, Math.min(CLOSEST, data.highest / LEAST)])
    .filter((event) =>
      event.type === "wheel"
        ? event.ctrlKey || event.metaKey || drawing === "move"
        : drawing === "move" && !event.button,
    )
    .on("zoom", (event) => {
      if (event.sourceEvent) follow(event.transform);
    });

  function follow(transform) {
    place.transform = transform;
    moved();
  }

  const brush = makeBrush()
    .filter((event) => drawing === "brush" && !event.button && !event.ctrlKey)
    .keyModifiers(false)
    .on("end", (event) => {
      if (!event.sourceEvent) return; // we moved it ourselves
      if (event.selection) return setRegion(event.selection);
      if (model.get("region") !== null && hit(event.sourceEvent) === undefined) change(view, "region", null);
    });

  function setRegion([[x0, y0], [x1, y1]]) {
    const { valueX, valueY } = place;
    change(
      view,
      "region",
      [valueX(x0), valueX(x1), valueY(y1), valueY(y0)].map((value) => clamp(value, 0, data.highest)),
    );
  }

  /** Give the layer to the brush or to the zoom, for the plot's present size. */
  function listen() {
    const { side } = place,
      byFinger = drawing === "brush" && touched;
    const area = [
      [MARGIN.left - EDGE, MARGIN.top - EDGE],
      [MARGIN.left + side + EDGE, MARGIN.top + side + EDGE],
    ];
    zoom
      .extent([
        [0, 0],
        [side, side],
      ])
      .translateExtent([
        [0, 0],
        [side, side],
      ]);
    select(layer)
      .on(".brush", null)
      .call(brush.extent(area).touchable(byFinger))
      .style("touch-action", byFinger ? "none" : null);
    stage.classList.toggle("sl-moving", drawing === "move");
    select(stage)
      .call(zoom)
      .on("dblclick.zoom", null)
      .style("touch-action", drawing === "move" || touched ? "none" : "manipulation");
    stage.__zoom = place.transform; // where D3 keeps it
    showRegion();
  }

  /** What a drag does: "brush" or "move". */
  function drag(what, byTouch = false) {
    [drawing, touched] = [what, byTouch];
    if (place.side) listen();
  }

  /** The region's frame where it lies now; a handle moves it on. */
  function showRegion() {
    const region = model.get("region");
    if (region === null) return brush.move(select(layer), null);
    const [left, right, bottom, top] = region;
    const edge = (value, low) => clamp(value, low - EDGE, low + place.side + EDGE);
    const [[x0, y0], [x1, y1]] = [place.at(left, top), place.at(right, bottom)];
    const box = [
      [edge(x0, MARGIN.left), edge(y0, MARGIN.top)],
      [edge(x1, MARGIN.left), edge(y1, MARGIN.top)],
    ];
    brush.move(select(layer), box[0][0] < box[1][0] && box[0][1] < box[1][1] ? box : null);
  }

  /** Enlarge or reduce about a spot of the stage where it is in sight, else about the middle of the picture. */
  function enlarge(by, [px, py]) {
    const middle = [place.side / 2, place.side / 2];
    zoom.scaleBy(select(stage), by, place.isInside(px, py) ? [px - MARGIN.left, py - MARGIN.top] : middle);
    follow(stage.__zoom);
  }

  function whole() {
    zoom.transform(select(stage), zoomIdentity);
    follow(zoomIdentity);
  }

  return { listen, drag, showRegion, enlarge, whole };
}
