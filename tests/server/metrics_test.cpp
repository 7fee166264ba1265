// SPDX-License-Identifier: Apache-2.0
#include "server/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/time_text.h"

namespace yinxin::server {
namespace {

using std::chrono::minutes;
using testing::HasSubstr;

TEST(MetricsText, SaysWhatIsOwedIssuedAndLeftAlone) {
    Metrics measured;
    measured.now = *parse_rfc3339("2026-01-31T01:00:00Z");
    measured.counts.issued[{"invoice", "B-B"}] = 7;
    measured.counts.extended["B-LTA"] = 2;
    measured.debts = {{"B-LTA", "hour", 5, measured.now - minutes(30)},
                      {"B-LTA", "minute", 3, measured.now}};
    measured.tsas = {{.url = "http://tsa.example/a", .open = true, .tokens = 1, .failures = 4}};
    const std::string text = metrics_text(measured);
    for (const char* line : {
             "# TYPE yinxin_documents_issued_total counter\n",
             "yinxin_documents_issued_total{type=\"invoice\",level=\"B-B\"} 7\n",
             "yinxin_documents_extended_total{level=\"B-LTA\"} 2\n",
             "yinxin_level_debts{level=\"B-LTA\",age=\"minute\"} 3\n",
             "yinxin_level_debts{level=\"B-LTA\",age=\"hour\"} 5\n",
             "yinxin_level_debts{level=\"B-T\",age=\"day\"} 0\n",
             "yinxin_level_debt_oldest_seconds{level=\"B-LTA\"} 1800\n",
             "yinxin_level_debt_oldest_seconds{level=\"B-T\"} 0\n",
             "yinxin_tsa_left_alone{tsa=\"http://tsa.example/a\"} 1\n",
             "yinxin_tsa_tokens_total{tsa=\"http://tsa.example/a\"} 1\n",
             "yinxin_tsa_errors_total{tsa=\"http://tsa.example/a\"} 4\n",
         }) {
        EXPECT_THAT(text, HasSubstr(line));
    }
}

TEST(MetricsText, NoAddressBreaksALine) {
    Metrics measured;
    measured.tsas = {{.url = "http://a/\"}\nx 1\\"}};
    EXPECT_THAT(metrics_text(measured),
                HasSubstr("yinxin_tsa_tokens_total{tsa=\"http://a/\\\"}\\nx 1\\\\\"} 0\n"));
}

}  // namespace
}  // namespace yinxin::server
