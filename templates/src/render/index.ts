import type { Fabric, Target } from '../spec/fabric.js';
import { shippedTemplates, Templates } from './templates.js';
import { programView } from './view.js';

export { TemplateError, type TemplateErrorCode } from './errors.js';
export { readTemplates, Templates, type TemplateTexts } from './templates.js';
export { type ProgramView, programView } from './view.js';

/** Which template makes a target's program; embedded and bmv2 run the same bytes. */
const PROGRAMS: Readonly<Record<Target, string>> = {
  embedded: 'v1model.p4.hbs',
  bmv2: 'v1model.p4.hbs',
  tofino: 'tna.p4.hbs',
};

let shipped: Templates | undefined;

/** The P4 program of `fabric` for `target`. The same fabric gives the same text. Throws TemplateError. */
export function renderProgram(fabric: Fabric, target: Target = fabric.target, templates?: Templates): string {
  if (target === 'tofino' && fabric.features.coherence) {
    throw new RangeError('coherence is not in the program for Tofino yet');
  }
  shipped ??= new Templates(shippedTemplates());
  return (templates ?? shipped).render(PROGRAMS[target], programView(fabric, target));
}
