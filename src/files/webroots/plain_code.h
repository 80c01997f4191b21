// Plain code: what a PHP file does, with the disguises taken off, for the web-shell rules.
//
// Comments and layout gone; escapes, chr(), concatenation, XOR and pure string functions of constants worked
// out ("sys" . strrev("met") → system); constants followed through variables and arrays; a variable that
// carries something from the request written as $_REQUEST, so that a rule sees where it ends (within a named
// function its own variables only); `command` written as shell_exec("command"); constant code handed to
// eval() followed. Follows statements in order and takes every branch: over-approximates what runs, never
// runs anything.
//
// Linear in the input, of which the first 2 MiB are read; output at most twice that; layers at most 4.
// Empty when there is no PHP in it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace vedette::files {

std::string plain_code(std::string_view bytes);

}  // namespace vedette::files
