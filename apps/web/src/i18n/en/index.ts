import { assignTexts } from './assign.ts';
import { consoleTexts } from './console.ts';
import { errors } from './errors.ts';

export const en = { ...consoleTexts, ...assignTexts, errors };
