/** `bridge report`, with AWS's clients: the journal's files of a time, as CSV. */
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { line } from "../../../lambda/src/report/csv.ts";
import { columns, inOrder, lineOf, type Row, readFields, rowsOf, type Span } from "../../../lambda/src/report/rows.ts";
import { explained, type Items, pagesOf, projection, tableOf } from "../journal-table.ts";
import type { ReportOptions } from "./arguments.ts";

/** More don't fit the user's machine comfortably. */
const maxRows = 1_000_000;

/** The lines of the report, the head first. Throws where there are more than a million, and what reading throws. */
export const report = async (pages: Items, span: Span): Promise<string[]> => {
  const rows: Row[] = [];
  for await (const page of pages) {
    for (const item of page) rows.push(...rowsOf(item, span));
    if (rows.length > maxRows)
      throw new Error(`The report has more than ${maxRows} rows: name a --stream, or a shorter time (--from, --to).`);
  }
  return [line(columns), ...rows.sort(inOrder).map(lineOf)];
};

/** Reads the whole journal, page by page, and returns the lines. */
export const makeReport = async (options: ReportOptions): Promise<string[]> => {
  const { functionName, span, region, profile } = options;
  const given = { ...(region === undefined ? {} : { region }), ...(profile === undefined ? {} : { profile }) };
  const client = new DynamoDBClient(given);
  const TableName = options.table ?? (await tableOf(new LambdaClient(given), functionName, "the report"));
  const pages = pagesOf((after) =>
    client.send(new ScanCommand({ TableName, ...projection(readFields), ...(after && { ExclusiveStartKey: after }) })),
  );
  return report(explained(pages), span);
};
