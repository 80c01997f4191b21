#include "sites/watch/compare.h"

#include "sites/html/page.h"
#include "sites/watch/question.h"

namespace vedette::sites {
namespace {

using Op = CompareBlock::Op;
constexpr std::size_t kTextMax = 2000;

struct Block {
  std::string where, text;
};

std::vector<Block> blocks_of(const ComparePage& input) {
  Page page = read_page(input.body, input.url, input.content_type);
  std::vector<Block> out;
  auto add = [&](std::string_view where, std::string_view text) {
    if (!text.empty() && out.size() < kCompareBlocksMax)
      out.push_back({cut_text(where, 300), cut_text(text, kTextMax)});
  };
  add("title", page.title);
  add("meta[refresh]", page.refresh);
  for (const auto& block : page.blocks) add(block.path, block.text);
  for (const auto& ref : page.refs) {
    if (ref.kind == RefKind::kLink || ref.kind == RefKind::kImage || ref.own) continue;
    add(to_string(ref.kind), page.absolute(ref.url));
  }
  for (const auto& script : page.scripts) add("inline script", script.body);
  return out;
}

using Rows = std::vector<CompareBlock>;

void put(Rows& rows, Op op, const Block& block) { rows.push_back({op, block.where, block.text}); }

// Forward Myers with the whole trace kept: the bound on `d` bounds both time and memory.
bool myers(const std::vector<Block>& a, const std::vector<Block>& b, std::size_t from_a, std::size_t to_a,
           std::size_t from_b, std::size_t to_b, Rows& rows) {
  const int n = static_cast<int>(to_a - from_a), m = static_cast<int>(to_b - from_b);
  const int limit = std::min(n + m, kDifferencesMax);
  auto same = [&](int x, int y) {
    return a[from_a + static_cast<std::size_t>(x)].text == b[from_b + static_cast<std::size_t>(y)].text;
  };
  std::vector<std::vector<int>> trace;  // trace[d]: furthest x on diagonals -d-1 … d+1 before step d
  std::vector<int> v(2 * std::size_t(limit) + 3, 0);
  auto at = [&](int k) -> int& { return v[static_cast<std::size_t>(std::ptrdiff_t{k} + limit + 1)]; };
  int found = -1;
  for (int d = 0; d <= limit && found < 0; ++d) {
    trace.emplace_back(v.begin() + (limit - d), v.begin() + (limit + d + 3));
    for (int k = -d; k <= d && found < 0; k += 2) {
      int x = k == -d || (k != d && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1;
      int y = x - k;
      while (x < n && y < m && same(x, y)) ++x, ++y;
      at(k) = x;
      if (x >= n && y >= m) found = d;
    }
  }
  if (found < 0) return false;

  Rows reversed;
  int x = n, y = m;
  for (int d = found; d >= 0; --d) {
    auto old = [&](int k) {
      return trace[std::size_t(d)][static_cast<std::size_t>(std::ptrdiff_t{k} + d + 1)];
    };
    int k = x - y;
    bool down = k == -d || (k != d && old(k - 1) < old(k + 1));
    int before_x = d == 0 ? 0 : old(down ? k + 1 : k - 1);
    int before_y = d == 0 ? 0 : before_x - (down ? k + 1 : k - 1);
    while (x > before_x && y > before_y) {
      put(reversed, Op::kSame, b[from_b + static_cast<std::size_t>(y - 1)]);
      --x, --y;
    }
    if (d == 0) break;
    if (down) {
      put(reversed, Op::kAdded, b[from_b + static_cast<std::size_t>(before_y)]);
    } else {
      put(reversed, Op::kRemoved, a[from_a + static_cast<std::size_t>(before_x)]);
    }
    x = before_x, y = before_y;
  }
  rows.insert(rows.end(), reversed.rbegin(), reversed.rend());
  return true;
}

}  // namespace

std::vector<CompareBlock> compare_pages(const ComparePage& before, const ComparePage& after) {
  auto a = blocks_of(before), b = blocks_of(after);
  std::size_t head = 0, tail = 0;
  while (head < a.size() && head < b.size() && a[head].text == b[head].text) ++head;
  while (tail < a.size() - head && tail < b.size() - head &&
         a[a.size() - 1 - tail].text == b[b.size() - 1 - tail].text) {
    ++tail;
  }
  Rows rows;
  for (std::size_t i = 0; i < head; ++i) put(rows, Op::kSame, b[i]);
  if (!myers(a, b, head, a.size() - tail, head, b.size() - tail, rows)) {
    for (std::size_t i = head; i < a.size() - tail; ++i) put(rows, Op::kRemoved, a[i]);
    for (std::size_t i = head; i < b.size() - tail; ++i) put(rows, Op::kAdded, b[i]);
  }
  for (std::size_t i = b.size() - tail; i < b.size(); ++i) put(rows, Op::kSame, b[i]);
  return rows;
}

}  // namespace vedette::sites
