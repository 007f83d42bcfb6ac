import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** One line or group of bars. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number | string; readonly y: number }[];
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly kind: 'lines' | 'bars';
  readonly series: readonly Series[];
  /** Both axes start at zero unless one is logarithmic. */
  readonly log?: { readonly x?: boolean; readonly y?: boolean };
}

/** A chart as an SVG document, with what the axes mean written on them. */
export async function plotSvg({ title, x, y, kind, series, log = {} }: Chart): Promise<string> {
  const values = series.flatMap(({ name, points }) => points.map((p) => ({ series: name, x: p.x, y: p.y })));
  const isNominal = kind === 'bars';
  const names = series.map(({ name }) => name);
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title,
    width: 560,
    height: 300,
    background: 'white',
    data: { values },
    mark: kind === 'bars' ? { type: 'bar' } : { type: 'line', point: true },
    encoding: {
      x: {
        field: 'x',
        title: x,
        type: isNominal ? 'nominal' : 'quantitative',
        ...(isNominal && { sort: null, axis: { labelAngle: -30 } }),
        ...(log.x && { scale: { type: 'log' } }),
      },
      ...(isNominal && names.length > 1 && { xOffset: { field: 'series', sort: names } }),
      y: { field: 'y', title: y, type: 'quantitative', ...(log.y && { scale: { type: 'log' } }) },
      color: {
        field: 'series',
        type: 'nominal',
        title: null,
        sort: names,
        legend: names.length > 1 ? {} : null,
      },
    },
  };
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}
