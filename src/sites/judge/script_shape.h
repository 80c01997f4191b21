// What an inline script is, apart from its data: the skeleton without strings, digits, comments and white
// space, and the hosts it names. Tokens, nonces and counters live in strings and digits, so the skeleton
// stays when they change.
//
// Linear in the length of the code; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::sites {

// Hash of the skeleton; `seed` tells scripts from handlers.
std::uint32_t skeleton_hash(std::string_view code, std::uint64_t seed = 0);

// Hosts after "//" or "\/\/" in the code, lower case, at most `most`; each once, in order.
std::vector<std::string> hosts_in(std::string_view code, std::size_t most = 64);

// What a piece of code can do that loaders, skimmers and defacements need. Bits are joined.
enum ScriptTrait : std::uint32_t {
  kMakesElement = 1 << 0,   // createElement("script"|"iframe"), insertAdjacentHTML, innerHTML = "<script"
  kDecodes = 1 << 1,        // atob, fromCharCode, unescape, decodeURIComponent of a literal, \x runs
  kEvaluates = 1 << 2,      // eval, Function(…), setTimeout("…")
  kWritesPage = 1 << 3,     // document.write, documentElement.innerHTML =, document.body.innerHTML =
  kNavigates = 1 << 4,      // location = …, location.replace
  kSends = 1 << 5,          // fetch, XMLHttpRequest, sendBeacon, WebSocket, new Image().src
  kReadsInput = 1 << 6,     // listens to input, change, submit, keyup; reads card or password fields
  kLongLiteral = 1 << 7,    // a literal of more than 400 encoded-looking bytes
  kAlerts = 1 << 8,         // alert, prompt, confirm
  kBlocksVisitor = 1 << 9,  // contextmenu, keydown or selectstart refused
  kMines = 1 << 10,         // WebAssembly miner names
};
std::uint32_t script_traits(std::string_view code);

}  // namespace vedette::sites
