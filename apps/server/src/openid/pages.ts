/** The few pages that the OpenID provider itself must show; without style or script, so that any policy allows them. */

export function errorPage(error: {
  readonly error: string;
  readonly error_description?: string | undefined;
}): string {
  return page(
    'This sign-in cannot go on',
    `<p>The application that sent you here asked for something that is not allowed. Nothing was changed.</p>
<p>Go back to the application and start again. If that does not help, tell its support this:</p>
<p><code>${escapeHtml(error.error)}</code> ${escapeHtml(error.error_description ?? '')}</p>`,
  );
}

/** @param form the provider's own form element, `op.logoutForm` */
export function signOutPage(form: string): string {
  return page(
    'Sign out?',
    `${form}
<p>You are signed in here.</p>
<button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
<button type="submit" form="op.logoutForm">Stay signed in</button>`,
  );
}

export function signedOutPage(): string {
  return page('You are signed out', '<p>You can close this window.</p>');
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body><main><h1>${title}</h1>
${content}
</main></body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
