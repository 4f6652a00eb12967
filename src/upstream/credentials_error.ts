/** Why credentials cannot be used: what is wrong with which key and file. Holds no secret. */
export class CredentialsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CredentialsError";
  }
}
