import test from "ava";
import { withPlainFunctions } from "../../../lambda/build/plain-functions.ts";

const rows: readonly (readonly [what: string, before: string, after: string])[] = [
  ["an expression", "const f = (a, b = 1) => a + b;", "const f = function(a, b = 1){return( a + b)};"],
  ["one parameter without parentheses", "const f = a=>a;", "const f = function(a){return(a)};"],
  ["no parameter", "const f = () => {};", "const f = function() {};"],
  ["an object", "const f = () => ({ a: 1 });", "const f = function(){return( ({ a: 1 }))};"],
  ["a text that begins with a line's end", "const f = a=>\n`x`;", "const f = function(a){return(\n`x`)};"],
  ["an arrow in a parameter", "const f = (a = () => 1) => a();", "const f = function(a = () => 1){return( a())};"],
  ["an async function", "const f = async a => { await a; };", "const f = async function(a) { await a; };"],
  ["a parameter named async", "const f = async => async;", "const f = function(async){return( async)};"],
  ["several, in what is called", "g(() => 1, [(a) => a]);", "g(function(){return( 1)}, [function(a){return( a)}]);"],
  ["one that is called at once", "(() => 1)();", "(function(){return( 1)})();"],
  ["one in a function", "function f() { return () => this; }", "function f() { return () => this; }"],
  ["one in a method", "const o = { f() { return () => this; } };", "const o = { f() { return () => this; } };"],
  ["one in a class", "class A { f = () => this; }", "class A { f = () => this; }"],
  ["one in one", "const f = () => () => 1;", "const f = function(){return( () => 1)};"],
  ["nothing but text", 'const f = "() => 1";', 'const f = "() => 1";'],
];

for (const [what, before, after] of rows)
  test(`arrow functions outside of others become functions: ${what}`, (t) => {
    t.is(withPlainFunctions(before), after);
  });

test("a function written so keeps its name, which stack traces tell", (t) => {
  const made = new Function(`${withPlainFunctions("const named = () => 1;")} return named;`)() as { name: string };
  t.is(made.name, "named");
});
