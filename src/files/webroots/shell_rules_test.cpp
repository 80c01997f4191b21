// Written for this test: shells as they are found in the wild, in their own words, and ordinary code beside
// them.
#include "files/webroots/shell_rules.h"

#include <gtest/gtest.h>

#include <chrono>

#include "files/webroots/plain_code.h"

namespace vedette::files {
namespace {

const ShellRules& rules() {
  static const auto compiled = [] {
    auto out = ShellRules::compile();
    if (!out) ADD_FAILURE() << out.error().full();
    return *std::move(out);
  }();
  return *compiled;
}

class Shell : public testing::TestWithParam<const char*> {};
TEST_P(Shell, IsTakenForOne) {
  auto scan = rules().scan(GetParam());
  EXPECT_TRUE(scan.shell()) << "weight " << scan.weight() << "\n" << plain_code(GetParam());
}
INSTANTIATE_TEST_SUITE_P(
    Written, Shell,
    testing::Values(
        "<?php @eval($_POST['x']); ?>", "<?php system($_GET['c']);",
        "<?php $f = 'sys' . 'tem'; $f($_REQUEST['q']);",
        "<?php $a = strrev('metsys'); $b = $_POST['b']; $a($b);",
        "<?php $x = $_COOKIE['k']; eval(base64_decode($x));", "<?php echo `{$_GET['cmd']}`;",
        "<?php assert($_POST['p']);", "<?php preg_replace('/.*/e', $_POST['r'], '');",
        "<?php eval(base64_decode('c3lzdGVtKCRfR0VUWydjJ10pOw=='));",
        "<?php move_uploaded_file($_FILES['f']['tmp_name'], $_POST['to']); passthru($_POST['run']);",
        "GIF89a<?php system($_GET[0]);",
        "<%@ page import=\"java.io.*\" %><% Process p = "
        "Runtime.getRuntime().exec(request.getParameter(\"cmd\")); %>",
        "<%@ Page Language=\"Jscript\"%><%eval(Request.Item[\"pass\"],\"unsafe\");%>"));

class Ordinary : public testing::TestWithParam<const char*> {};
TEST_P(Ordinary, IsNot) {
  auto scan = rules().scan(GetParam());
  EXPECT_FALSE(scan.shell()) << (scan.traits.empty() ? "" : scan.traits.front().rule);
}
INSTANTIATE_TEST_SUITE_P(
    Written, Ordinary,
    testing::Values(
        "<?php echo htmlspecialchars($_GET['q']);", "<?php $r = shell_exec('git rev-parse HEAD'); echo $r;",
        "<?php // eval($_POST['x']) would be a web shell, so we never write it\necho 1;",
        "<?php $s = base64_decode($row['picture']); header('Content-Type: image/png'); echo $s;",
        "<?php $t = new Template(); eval('?>' . $t->compiled('page.tpl'));",
        "<?php move_uploaded_file($_FILES['f']['tmp_name'], '/srv/up/' . bin2hex(random_bytes(8)));",
        "<html><body><p>The article explains how system($_GET['c']) works.</p></body></html>",
        "<?php function run($c) { return exec(escapeshellcmd($c)); } run('/usr/bin/convert a.png b.png');",
        ""));

TEST(ShellRules, AHugeOrHostileFileEndsInTime) {
  std::string nested = "<?php ";
  for (int i = 0; i < 20'000; ++i) nested += "eval(";
  std::string joined = "<?php $a = ''";
  for (int i = 0; i < 20'000; ++i) joined += " . 'x'";
  for (const auto& text :
       {nested, joined, std::string(std::size_t{17} << 20, '<'), std::string("<?php \"\\x4")}) {
    auto scan = rules().scan(text);
    EXPECT_LE(plain_code(text).size(), std::size_t{4} << 20);
    EXPECT_TRUE(scan.incomplete || text.size() <= ShellRules::kBytesMax);
  }
}

TEST(ShellRules, ARuleThatDoesNotCompileSaysWhere) {
  auto compiled = ShellRules::compile({{"broken.yar", "rule x { condition: nothing }"}});
  ASSERT_FALSE(compiled);
  EXPECT_NE(compiled.error().full().find("broken.yar"), std::string::npos) << compiled.error().full();
}

}  // namespace
}  // namespace vedette::files
