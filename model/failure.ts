/** How every API answer that is not a success looks. */
export interface Failure {
  error: {
    /** Stable, for programs: `invalid_parameter`, `not_found`, `too_slow`, `store_down`, `internal`. */
    code: string;
    /** One sentence for a person: what, where, how to mend it. */
    message: string;
    /** Whether the same request can succeed later. */
    retryable: boolean;
  };
}
