// Forms: whatever stands in a file, it is refused with its name and a reason, or gives a paper that names its
// fields and is read back as it was written.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "desk/reports/paper.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  using namespace vedette::desk;
  auto form = parse_form({reinterpret_cast<const char*>(data), size}, "f.toml");
  if (!form) {
    VEDETTE_ASSERT(form.error().message().starts_with("f.toml"));
    return 0;
  }
  auto paper = paper_of(*form, {}, {});
  VEDETTE_ASSERT(!paper.sections.empty() && paper.field(form->sections[0].fields[0].id));
  auto again = paper_from(to_text(paper));
  VEDETTE_ASSERT(again && *again == paper);
  return 0;
}
