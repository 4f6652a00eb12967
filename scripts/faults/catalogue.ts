import { ADDRESS_FAULTS } from "./address_faults.ts";
import { ANSWER_FAULTS } from "./answer_faults.ts";
import { CHURN_FAULTS } from "./churn_faults.ts";
import { CLIENT_FAULTS, STRANGE_REQUESTS } from "./client_faults.ts";
import { CONTENT_FAULTS } from "./content_faults.ts";
import { type Fault, scrapeFault } from "./fault.ts";
import { FILE_FAULTS } from "./file_faults.ts";
import { GZIP_FAULTS } from "./gzip_faults.ts";
import { MASS_FAULTS } from "./mass_faults.ts";
import { NAME_FAULTS } from "./name_faults.ts";
import { POISON_FAULTS } from "./poison_faults.ts";
import { PROTOBUF_FAULTS } from "./protobuf_faults.ts";
import { STALL_FAULTS } from "./stall_faults.ts";
import { STOP_FAULTS } from "./stop_faults.ts";
import { TRANSPORT_FAULTS } from "./transport_faults.ts";

/** Every fault, in the order in which they are provoked. */
export const FAULTS: readonly Fault[] = [
  ...TRANSPORT_FAULTS.map(scrapeFault),
  ...GZIP_FAULTS.map(scrapeFault),
  ...ANSWER_FAULTS.map(scrapeFault),
  ...CONTENT_FAULTS.map(scrapeFault),
  ...PROTOBUF_FAULTS.map(scrapeFault),
  ...STALL_FAULTS.map(scrapeFault),
  ...CLIENT_FAULTS.map(scrapeFault),
  ...STRANGE_REQUESTS,
  ...POISON_FAULTS,
  ...NAME_FAULTS,
  ...ADDRESS_FAULTS,
  ...CHURN_FAULTS,
  ...FILE_FAULTS,
  ...STOP_FAULTS,
  // Last: what a gateway remembers of masses makes its next scrapes slower.
  ...MASS_FAULTS,
];
