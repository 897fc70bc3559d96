// Failures in words.

/** Failure with a sentence for the user. */
export class Failure extends Error {
  /**
   * @param {string} message Reason, a sentence to show.
   * @param {"away" | "rejected" | "unsupported"} [kind] Whether the server does not answer, the
   *     request is rejected, or the served version lacks the signature.
   */
  constructor(message, kind = "rejected") {
    super(message);
    this.name = "Failure";
    this.kind = kind;
  }
}
