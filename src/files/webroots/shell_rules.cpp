#include "files/webroots/shell_rules.h"

#include <fmt/format.h>
#include <yara.h>

#include <algorithm>
#include <mutex>

#include "base/assert.h"
#include "files/webroots/difference.h"
#include "files/webroots/plain_code.h"
#include "model/content.h"

namespace vedette::files {
namespace {

constexpr std::size_t kExcerpt = 240;

// libyara keeps state of its own for the whole process.
void initialize_once() {
  static std::once_flag once;
  std::call_once(once, [] { VEDETTE_ASSERT(::yr_initialize() == ERROR_SUCCESS); });
}

void keep_message(int level, const char* file, int line, const YR_RULE*, const char* message, void* into) {
  if (level == YARA_ERROR_LEVEL_ERROR)
    *static_cast<std::string*>(into) = fmt::format("{}:{}: {}", file == nullptr ? "?" : file, line, message);
}

struct Taken {
  ShellScan* scan;
  std::string_view bytes;
  bool plain;  // this is plain code, not the file as it is
};

// libyara packs its metas and strings without regard to alignment.
#if defined(__clang__)
__attribute__((no_sanitize("alignment")))
#endif
int take(YR_SCAN_CONTEXT* context, int message, void* data, void* user) {
  if (message != CALLBACK_MSG_RULE_MATCHING) return CALLBACK_CONTINUE;
  auto* taken = static_cast<Taken*>(user);
  auto* rule = static_cast<YR_RULE*>(data);
  ShellTrait trait;
  trait.rule = rule->identifier;
  YR_META* meta = nullptr;
  yr_rule_metas_foreach(rule, meta) {
    if (meta->type == META_TYPE_INTEGER && std::string_view(meta->identifier) == "weight")
      trait.weight = static_cast<int>(meta->integer);
    if (meta->type == META_TYPE_BOOLEAN && std::string_view(meta->identifier) == "plain" &&
        meta->integer != 0 && !taken->plain)
      return CALLBACK_CONTINUE;
  }
  std::int64_t first = -1, length = 0;
  YR_STRING* string = nullptr;
  yr_rule_strings_foreach(rule, string) {
    YR_MATCH* match = nullptr;
    yr_string_matches_foreach(context, string, match) {
      if (match->match_length <= length) continue;
      first = match->base + match->offset;
      length = match->match_length;
    }
  }
  if (first >= 0 && static_cast<std::size_t>(first) < taken->bytes.size())
    trait.excerpt =
        readable(taken->bytes.substr(static_cast<std::size_t>(first),
                                     std::max<std::size_t>(static_cast<std::size_t>(length), 120)),
                 kExcerpt);
  auto& traits = taken->scan->traits;
  if (std::ranges::find(traits, trait.rule, &ShellTrait::rule) == traits.end())
    traits.push_back(std::move(trait));
  return CALLBACK_CONTINUE;
}

// The compiler gives each of its dozen sections a megabyte, whatever is in it; what is written out and read
// back takes what it needs.
Result<YR_RULES*> fitted(YR_RULES* roomy) {
  struct Buffer {
    std::string bytes;
    std::size_t at = 0;
  } buffer;
  YR_STREAM stream{};
  stream.user_data = &buffer;
  stream.write = [](const void* from, std::size_t size, std::size_t count, void* to) {
    static_cast<Buffer*>(to)->bytes.append(static_cast<const char*>(from), size * count);
    return count;
  };
  stream.read = [](void* to, std::size_t size, std::size_t count, void* from) {
    auto& source = *static_cast<Buffer*>(from);
    if (size == 0) return count;
    count = std::min(count, (source.bytes.size() - source.at) / size);
    source.bytes.copy(static_cast<char*>(to), size * count, source.at);
    source.at += size * count;
    return count;
  };
  YR_RULES* out = nullptr;
  if (::yr_rules_save_stream(roomy, &stream) != ERROR_SUCCESS ||
      ::yr_rules_load_stream(&stream, &out) != ERROR_SUCCESS)
    return fail(ErrorCode::kUnavailable, "no memory for the web-shell rules");
  // Where the pointers stand that were made right when it was read: needed to write it out once more only,
  // and as large as the rules.
  for (YR_RELOC* one = out->arena->reloc_list_head; one != nullptr;) {
    YR_RELOC* const next = one->next;
    ::yr_free(one);
    one = next;
  }
  out->arena->reloc_list_head = out->arena->reloc_list_tail = nullptr;
  return out;
}

}  // namespace

int ShellScan::weight() const {
  int sum = 0;
  for (const auto& trait : traits) sum += trait.weight;
  return sum;
}

struct ShellRules::Compiled {
  YR_RULES* rules = nullptr;
  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    if (rules != nullptr) ::yr_rules_destroy(rules);
  }
};

ShellRules::ShellRules(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
ShellRules::~ShellRules() = default;

Result<std::unique_ptr<ShellRules>> ShellRules::compile() {
  std::vector<std::pair<std::string, std::string>> sources;
  for (const auto& file : content::content_files()) {
    if (file.path.starts_with("yara/") && file.path.ends_with(".yar"))
      sources.emplace_back(file.path, file.bytes);
  }
  return compile(sources);
}

Result<std::unique_ptr<ShellRules>> ShellRules::compile(
    const std::vector<std::pair<std::string, std::string>>& sources) {
  initialize_once();
  YR_COMPILER* raw = nullptr;
  if (::yr_compiler_create(&raw) != ERROR_SUCCESS)
    return fail(ErrorCode::kUnavailable, "no memory for the web-shell rules");
  std::unique_ptr<YR_COMPILER, void (*)(YR_COMPILER*)> compiler(raw, ::yr_compiler_destroy);
  std::string problem;
  ::yr_compiler_set_callback(compiler.get(), keep_message, &problem);
  ::yr_compiler_set_include_callback(compiler.get(), nullptr, nullptr, nullptr);
  for (const auto& [name, text] : sources) {
    if (::yr_compiler_add_string(compiler.get(), text.c_str(), nullptr) != 0)
      return fail(ErrorCode::kInvalid, fmt::format("{}: {}", name, problem));
  }
  Compiled roomy;
  if (::yr_compiler_get_rules(compiler.get(), &roomy.rules) != ERROR_SUCCESS)
    return fail(ErrorCode::kUnavailable, "no memory for the web-shell rules");
  compiler.reset();
  auto compiled = std::make_unique<Compiled>();
  TRY_ASSIGN(compiled->rules, fitted(roomy.rules));
  return std::unique_ptr<ShellRules>(new ShellRules(std::move(compiled)));
}

std::size_t ShellRules::size() const { return compiled_->rules->num_rules; }

ShellScan ShellRules::scan(std::string_view bytes) const {
  ShellScan out;
  if (bytes.size() > kBytesMax) {
    bytes = bytes.substr(0, kBytesMax);
    out.incomplete = true;
  }
  auto pass = [&](std::string_view text, bool is_plain) {
    YR_SCANNER* raw = nullptr;
    if (text.empty()) return;
    if (::yr_scanner_create(compiled_->rules, &raw) != ERROR_SUCCESS) {
      out.incomplete = true;
      return;
    }
    std::unique_ptr<YR_SCANNER, void (*)(YR_SCANNER*)> scanner(raw, ::yr_scanner_destroy);
    Taken taken{&out, text, is_plain};
    ::yr_scanner_set_callback(scanner.get(), take, &taken);
    ::yr_scanner_set_timeout(scanner.get(), kSecondsMax);
    // The signal handler YARA would set guards memory-mapped files; ours is in memory.
    ::yr_scanner_set_flags(scanner.get(), SCAN_FLAGS_NO_TRYCATCH | SCAN_FLAGS_REPORT_RULES_MATCHING);
    auto result =
        ::yr_scanner_scan_mem(scanner.get(), reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    if (result != ERROR_SUCCESS) out.incomplete = true;
  };
  pass(bytes, false);
  if (!out.shell()) {
    auto plain = plain_code(bytes);
    pass(plain, true);
  }
  std::ranges::stable_sort(out.traits, std::greater(), &ShellTrait::weight);
  return out;
}

}  // namespace vedette::files
