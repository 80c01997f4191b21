// Any bytes make a page: every view lies in it, every list keeps its bound.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "sites/html/page.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::sites;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  PageLimits limits;
  limits.depth = 40;
  limits.blocks = limits.refs = 100;
  const Page page = read_page(body, "https://www.example.vn/a/b", {}, limits);
  VEDETTE_ASSERT(page.blocks.size() <= limits.blocks && page.refs.size() <= limits.refs);
  std::size_t sum = 0;  // reading every byte lets the sanitizer see a view that dangles
  const auto read = [&](std::string_view text) {
    for (const char c : text) sum += static_cast<unsigned char>(c);
  };
  for (const TextBlock& block : page.blocks) {
    read(block.text);
    read(block.path);
    VEDETTE_ASSERT(block.offset <= page.html.size());
  }
  for (const Ref& ref : page.refs) {
    read(ref.url);
    read(ref.origin);
    read(ref.host);
    read(ref.text);
    read(ref.rel);
    read(ref.path);
  }
  for (const InlineScript& script : page.scripts) {
    read(script.body);
    read(script.type);
    read(script.path);
  }
  for (const InlineHandler& handler : page.handlers) {
    read(handler.element);
    read(handler.name);
    read(handler.code);
  }
  for (const AttributeText& text : page.attribute_texts) read(text.text);
  for (const PageComment& comment : page.comments) read(comment.text);
  read(page.title);
  read(page.description);
  return sum == 1 ? 1 : 0;
}
