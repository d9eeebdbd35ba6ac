/** One mail, to one person. */
export interface MailMessage {
  /** RFC 5322 `Message-ID` without its brackets: the same message again has the same, so that mail systems may drop it. */
  readonly messageId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** BCP 47. */
  readonly language: string;
}

/** Mail by whatever server the installation has. */
export interface Mail {
  /** False where no server is set: nothing is written for it, and no factor that needs it is offered. */
  readonly available: boolean;
  /**
   * `refused`: the mail server will never take it, as it does not know the address.
   *
   * @throws what may come out otherwise when it is tried again
   */
  send(message: MailMessage): Promise<'sent' | 'refused'>;
}
