export const EXPLORER_SCRIPT = "";
export const EXPLORER_STYLE = "";
