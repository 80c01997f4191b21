// What a directive and its files must be like, whoever brings them. kInvalid and kLimit name the field. Pure;
// any thread.
#pragma once

#include "desk/directives/directive.h"

namespace vedette::desk {

Result<void> check_directive_field(std::string_view field, const std::string& text, std::size_t most,
                                   bool needed, bool one_line);
// `by_mail`: its legal basis may still be missing.
Result<void> check_directive(const Directive& draft, bool by_mail = false);
Result<void> check_directive_file(const std::string& name, std::string_view bytes);
std::unexpected<Error> too_many_files();

}  // namespace vedette::desk
