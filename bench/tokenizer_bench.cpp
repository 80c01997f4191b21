// Tokenizer and page extraction on real pages: VEDETTE_PAGES names a folder of HTML files (searched
// recursively).
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text/fold.h"
#include "sites/html/page.h"
#include "sites/html/tokenizer.h"

namespace {

using namespace vedette::sites;

class Count : public TokenHandler {
 public:
  std::size_t tokens = 0;
  void on_start_tag(const StartTag& tag) override { tokens += 1 + tag.attributes.size(); }
  void on_end_tag(const EndTag&) override { ++tokens; }
  void on_text(std::string_view text, std::size_t) override { tokens += text.empty() ? 0 : 1; }
  void on_comment(std::string_view, std::size_t) override { ++tokens; }
};

const std::vector<std::string>& pages() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> read;
    const char* folder = std::getenv("VEDETTE_PAGES");
    if (folder == nullptr) return read;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.path().extension() != ".html") continue;
      std::stringstream content;
      content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      read.push_back(std::move(content).str());
    }
    return read;
  }();
  return all;
}

template <class F>
void over_pages(benchmark::State& state, F&& f) {
  if (pages().empty()) {
    state.SkipWithError("set VEDETTE_PAGES to a folder of HTML files");
    return;
  }
  std::size_t bytes = 0, count = 0;
  for (auto _ : state) {
    for (const std::string& page : pages()) {
      f(page);
      bytes += page.size();
      ++count;
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.SetItemsProcessed(static_cast<std::int64_t>(count));
}

void BM_Tokenize(benchmark::State& state) {
  over_pages(state, [](const std::string& page) {
    Count count;
    Tokenizer tokenizer(count);
    tokenizer.feed(page);
    tokenizer.finish();
    benchmark::DoNotOptimize(count.tokens);
  });
}
BENCHMARK(BM_Tokenize)->Unit(benchmark::kMillisecond);

void BM_ReadPage(benchmark::State& state) {
  over_pages(state, [](const std::string& page) {
    const Page read = read_page(page, "https://www.example.vn/");
    benchmark::DoNotOptimize(read.blocks.size());
  });
}
BENCHMARK(BM_ReadPage)->Unit(benchmark::kMillisecond);

void BM_FoldBlocks(benchmark::State& state) {
  std::vector<std::string> texts;
  for (const std::string& page : pages()) {
    for (const TextBlock& block : read_page(page, "https://www.example.vn/").blocks)
      texts.emplace_back(block.text);
  }
  vedette::Folded out;
  std::size_t bytes = 0;
  for (auto _ : state) {
    for (const std::string& text : texts) {
      vedette::fold_into(text, out);
      bytes += text.size();
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(BM_FoldBlocks)->Unit(benchmark::kMillisecond);

}  // namespace
BENCHMARK_MAIN();
