import { describe, expect, test } from "vitest";
import { bubbleMatches, hide, hostOf, hostOfPattern, parseSites, showAgain } from "../../extension/sites";

const SHOWN = { bubble: true, hidden: [] };

test.each([
  ["example.com", "example.com"],
  [" https://Example.com:8080/a?b#c ", "example.com"],
  ["http://localhost:3000", "localhost"],
  ["localhost:3000/page", "localhost"],
  ["127.0.0.1", "127.0.0.1"],
  ["http://[::1]/", "[::1]"],
  ["bücher.example", "xn--bcher-kva.example"],
])("%s is a site's address", (address, host) => expect(hostOf(address)).toBe(host));

test.each(["", "two words", "chrome://settings", "file:///etc/passwd", "*.example.com", "null"])(
  "%j is no site's address",
  (address) => expect(address === "null" ? hostOf("about:blank") : hostOf(address)).toBeNull(),
);

test("a pattern tells its host, or that it is every site", () => {
  expect(hostOfPattern("*://example.com/*")).toBe("example.com");
  expect(hostOfPattern("https://*.example.com:8080/*")).toBe("*.example.com");
  for (const every of ["*://*/*", "https://*/*", "<all_urls>"]) expect(hostOfPattern(every)).toBeNull();
});

describe("the bubble's script", () => {
  test("is for the sites that were given, less the hidden ones", () => {
    const sites = { bubble: true, hidden: ["b.example"] };
    expect(bubbleMatches(["*://a.example/*", "*://b.example/*", "file:///*"], sites)).toEqual({
      on: ["*://a.example/*", "*://b.example/*"],
      not: ["*://b.example/*"],
    });
    expect(bubbleMatches(["*://*/*", "*://a.example/*"], SHOWN)).toEqual({ on: ["*://*/*"], not: [] });
  });

  test("is for none where none was given, or it is off", () => {
    expect(bubbleMatches([], SHOWN)).toBeNull();
    expect(bubbleMatches(["*://*/*"], { ...SHOWN, bubble: false })).toBeNull();
  });
});

test("a host is hidden once, and shown again", () => {
  const twice = hide("a.example")(hide("a.example")(SHOWN));
  expect(twice.hidden).toEqual(["a.example"]);
  expect(showAgain("a.example")(twice)).toEqual(SHOWN);
});

test("what is stored and damaged is as at first", () => {
  expect(parseSites(undefined)).toEqual(SHOWN);
  expect(parseSites("?")).toEqual(SHOWN);
  expect(parseSites({ bubble: "yes", hidden: [1] })).toEqual(SHOWN);
});
