// Failures in words.

/** Failure with a sentence for the user. */
export class Failure extends Error {
  /**
   * @param {string} message Reason, a sentence to show.
   * @param {"away" | "rejected" | "invalid" | "unsupported"} [kind] Whether the server does not
   *     answer, it rejects the request, no second try with the same values can succeed, or the
   *     served version lacks the signature.
   */
  constructor(message, kind = "rejected") {
    super(message);
    this.name = "Failure";
    this.kind = kind;
  }
}
