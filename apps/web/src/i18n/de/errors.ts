import type { ErrorTexts } from '../codes.ts';
import { administration } from './errors/administration.ts';
import { authentication } from './errors/authentication.ts';
import { directory } from './errors/directory.ts';
import { lifecycle } from './errors/lifecycle.ts';
import { server } from './errors/server.ts';
import { workstation } from './errors/workstation.ts';

export const errors: ErrorTexts = {
  ...workstation,
  ...lifecycle,
  ...directory,
  ...authentication,
  ...administration,
  ...server,
};
