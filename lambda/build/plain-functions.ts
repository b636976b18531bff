import { type AnyNode, type ArrowFunctionExpression, type Node, parse } from "acorn";

const isNode = (value: unknown): value is AnyNode =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

/** The arrow functions of a module that stand in no other function and in no class, where `this` and `arguments` mean nothing of theirs. */
const outermostArrows = (program: Node): ArrowFunctionExpression[] => {
  const found: ArrowFunctionExpression[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    if (!isNode(value)) return;
    if (value.type === "ArrowFunctionExpression") found.push(value);
    else if (!/^(Function|Class)/.test(value.type)) Object.values(value).forEach(walk);
  };
  walk(program);
  return found;
};

const asFunction = (text: string, arrow: ArrowFunctionExpression): string => {
  const { async: isAsync, params, body, start, end } = arrow;
  const sign = text.indexOf("=>", params.at(-1)?.end ?? start);
  const head = text.slice(start + (isAsync ? "async".length : 0), sign).trim();
  const content = text.slice(sign + "=>".length, end);
  return [
    isAsync ? "async function" : "function",
    head.startsWith("(") ? head : `(${head})`,
    body.type === "BlockStatement" ? content : `{return(${content})}`,
  ].join("");
};

/**
 * A module in which functions that stand in no other are written as functions, not as arrows. V8 reads over a function that isn't called
 * yet (ParserBase::ParseFunctionLiteral), but takes an arrow function in a module apart at once, and again when it is called
 * (ParseArrowFunctionLiteral, "consider lazy-parsing inner arrow functions too"): a tenth of the bundle's load.
 */
export const withPlainFunctions = (text: string): string => {
  let result = "";
  let at = 0;
  for (const arrow of outermostArrows(parse(text, { ecmaVersion: "latest", sourceType: "module" }))) {
    result += text.slice(at, arrow.start) + asFunction(text, arrow);
    at = arrow.end;
  }
  return result + text.slice(at);
};
