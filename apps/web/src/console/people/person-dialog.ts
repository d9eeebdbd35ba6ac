import type { User } from '@keywarden/api';
import type { People } from '../../client/people.ts';

/** What every dialog about one person is given. */
export interface PersonDialogProps<Who extends User = User> {
  readonly opened: boolean;
  readonly user: Who;
  readonly people: People;
  readonly onClose: () => void;
}
