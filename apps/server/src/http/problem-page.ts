/** A refusal as a page: for a person whose browser went straight to an address. Without script; style is inline. */
export function problemPage(body: object, told: { code: string; requestId: string }): string {
  const title = 'title' in body && typeof body.title === 'string' ? body.title : 'This did not work.';
  const detail = 'detail' in body && typeof body.detail === 'string' ? body.detail : '';
  return page(
    title,
    `${detail === '' ? '' : `<p>${escapeHtml(detail)}</p>`}
<p class="quiet">${escapeHtml(told.code)} · ${escapeHtml(told.requestId)}</p>`,
  );
}

/** @param content trusted HTML */
export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} – Keywarden</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 15vh auto; max-width: 32rem; padding: 0 1rem; }
h1 { font-size: 1.25rem; }
button { font: inherit; padding: .5rem 1rem; border-radius: 6px; border: 0; background: #0b6e6e; color: #fff; }
.quiet { opacity: .7; font-size: .8125rem; }
</style>
</head>
<body><main>
<h1>${escapeHtml(title)}</h1>
${content}
</main></body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
