/** Versions of STOMP. This client speaks 1.2. */
export class Versions {
  static V1_0 = "1.0";
  static V1_1 = "1.1";
  static V1_2 = "1.2";
  static default = new Versions([Versions.V1_2]);

  constructor(public versions: string[]) {}

  supportedVersions(): string {
    return this.versions.join(",");
  }

  protocolVersions(): string[] {
    return this.versions.map((version) => `v${version.replace(".", "")}.stomp`);
  }
}
