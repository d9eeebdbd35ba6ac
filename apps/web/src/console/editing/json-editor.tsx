import type { ProblemFault } from '@keywarden/api';
import { useMemo, useRef } from 'react';
import { useFaultWords } from './faults.ts';
import { lineAt, placeOf, readJson } from './json-places.ts';
import { useTexts } from './use-texts.ts';

interface Props {
  readonly text: string;
  readonly readOnly: boolean;
  readonly faults: readonly ProblemFault[];
  readonly warnings: readonly ProblemFault[];
  readonly onChange: (text: string) => void;
}

interface Placed {
  readonly offset: number;
  readonly line: number;
  readonly pointer: string;
  readonly words: string;
  readonly tone: 'bad' | 'warn';
}

/** A document as text: lines are counted, faults stand at theirs, and a click leads there. */
export function JsonEditor({ text, readOnly, faults, warnings, onChange }: Props) {
  const { t } = useTexts();
  const words = useFaultWords();
  const field = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const reading = useMemo(() => readJson(text), [text]);
  const lineCount = useMemo(() => text.split('\n').length, [text]);
  const place = (fault: ProblemFault, tone: Placed['tone']): Placed => {
    const offset = placeOf(reading, fault.at);
    return { offset, line: lineAt(text, offset), pointer: fault.at, words: words(fault), tone };
  };
  const broken = reading.brokenAt;
  const placed: readonly Placed[] =
    broken === null
      ? [
          ...faults.map((fault) => place(fault, 'bad')),
          ...warnings.map((warning) => place(warning, 'warn')),
        ].sort((one, other) => one.offset - other.offset)
      : [
          {
            offset: broken,
            line: lineAt(text, broken),
            pointer: '',
            words: t('json.broken'),
            tone: 'bad',
          },
        ];
  const tones = new Map<number, Placed['tone']>();
  for (const { line, tone } of placed) if (tones.get(line) !== 'bad') tones.set(line, tone);

  const goTo = ({ offset, line }: Placed) => {
    const area = field.current;
    if (area === null) return;
    const end = text.indexOf('\n', offset);
    area.focus();
    area.setSelectionRange(offset, end === -1 ? text.length : end);
    const height = area.scrollHeight / lineCount;
    area.scrollTop = Math.max(0, (line - 4) * height);
  };

  return (
    <div className="json">
      <div className="json-frame">
        <div className="json-gutter" ref={gutter} aria-hidden="true">
          {Array.from({ length: lineCount }, (_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number.
            <div key={index} data-tone={tones.get(index + 1)}>
              {index + 1}
            </div>
          ))}
        </div>
        <textarea
          ref={field}
          className="json-text"
          aria-label={t('json.label')}
          aria-invalid={placed.some(({ tone }) => tone === 'bad')}
          aria-describedby="json-places"
          wrap="off"
          spellCheck={false}
          autoCapitalize="none"
          autoComplete="off"
          readOnly={readOnly}
          rows={Math.min(32, Math.max(12, lineCount + 1))}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
          onScroll={(event) => {
            if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      <ul className="json-places" id="json-places">
        {placed.map((one) => (
          <li key={`${one.offset} ${one.words}`} data-tone={one.tone}>
            <button type="button" className="link-button" onClick={() => goTo(one)}>
              {t('json.at', { line: one.line })}
            </button>
            {one.pointer !== '' && <code>{one.pointer}</code>} <span>{one.words}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
