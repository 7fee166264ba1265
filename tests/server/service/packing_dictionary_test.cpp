// SPDX-License-Identifier: Apache-2.0
// What the register keeps of issued documents, and that it needs nobody else to give them back.
#include "server/service/packing_dictionary.h"

#include <mutex>

#include "server/storage/sqlite.h"
#include "tests/server/service/forwarding_store.h"
#include "tests/server/service/service_fixture.h"

namespace yinxin::server {
namespace {

/// Remembers what was to be kept.
class WatchedStore : public ForwardingStore {
  public:
    using ForwardingStore::ForwardingStore;
    void settle_issued(const Issued& issued) override {
        ForwardingStore::settle_issued(issued);
        kept[issued.id] = issued.pdf;
    }
    std::map<std::string, Bytes> kept;
};

class PackingDictionaryTest : public ServiceTest {
  protected:
    std::string one_value(const std::string& sql) {
        Connection raw(options_.path, SQLITE_OPEN_READONLY, "");
        Query row = raw.query(sql);
        return row.step() ? row.text(0) : "";
    }
    static IssueRequest request(const std::string& file) {
        return {file.substr(0, file.find('.')), sample(file), Json::object(), file};
    }
};

TEST_F(PackingDictionaryTest, EverySampleComesBackByteForByte) {
    WatchedStore watched(*store_);
    Service service(parts(watched));
    for (const std::string& file : tests::sample_files()) {
        service.issue(alice_, request(file));
    }
    ASSERT_EQ(watched.kept.size(), tests::sample_files().size());
    start();  // nothing is remembered
    for (const auto& [id, pdf] : watched.kept) {
        EXPECT_EQ(service_->pdf(alice_, id, 1).pdf, pdf);
    }
    EXPECT_EQ(faults(), "");
    EXPECT_EQ(one_value("SELECT count(*) FROM revision WHERE dictionary IS NULL"), "0");
    EXPECT_EQ(one_value("SELECT count(*) FROM document WHERE dictionary IS NULL"), "0");
    EXPECT_EQ(one_value("SELECT count(DISTINCT type) = count(*) FROM dictionary"), "1");
}

TEST_F(PackingDictionaryTest, KeepsAThirdOfAPageAtMost) {
    service_->issue(alice_, record("k"));
    EXPECT_EQ(one_value("SELECT length(bytes) * 3 <= size FROM revision"), "1");
}

TEST_F(PackingDictionaryTest, OneForAllThatAreAlikeWhoeverMakesThem) {
    service_->issue(alice_, record("a"));
    service_->issue(alice_, record("b"));
    world_->clock.set(*parse_rfc3339("2026-03-01T01:00:00Z"));
    start();
    service_->issue(alice_, record("c"));
    EXPECT_EQ(one_value("SELECT count(*) FROM dictionary"), "1");

    auto config = world_->config;  // another office prints its name on each
    config.issuer.organ = "示例县税务局";
    ServiceParts others = parts(*store_);
    Service other({config,
                   others.store,
                   others.forms,
                   others.press,
                   others.typefaces,
                   others.seal_key,
                   others.token_key,
                   others.inspector,
                   others.trust_anchors,
                   others.seals,
                   true,
                   others.clock,
                   others.random});
    other.issue(alice_, record("d"));
    EXPECT_EQ(one_value("SELECT count(*) FROM dictionary"), "2");
    EXPECT_EQ(faults(), "");
}

TEST_F(PackingDictionaryTest, HoldsNothingOfThoseWhoAskedFirst) {
    IssueRequest request = record("k");
    request.data["taxpayer"]["name"] = "欧阳东方";
    service_->issue(alice_, request);
    EXPECT_EQ(one_value("SELECT instr(bytes, CAST('欧阳东方' AS BLOB)) FROM dictionary"), "0");
    EXPECT_EQ(one_value("SELECT instr(bytes, CAST('\"taxpayer\"' AS BLOB)) > 0 FROM dictionary"),
              "1");
}

TEST_F(PackingDictionaryTest, DocumentsOutliveTheFolderOfTheirForm) {
    const auto folder = world_->folder / "forms" / "tax-payment-record";
    std::filesystem::create_directories(folder);
    std::filesystem::copy(std::filesystem::path(YINXIN_FORMS) / "tax-payment-record",
                          folder,
                          std::filesystem::copy_options::recursive);
    const auto service_on = [&](pdf::FormLibrary& forms) {
        ServiceParts p = parts(*store_);
        return std::make_unique<Service>(ServiceParts{p.config,
                                                      p.store,
                                                      forms,
                                                      p.press,
                                                      p.typefaces,
                                                      p.seal_key,
                                                      p.token_key,
                                                      p.inspector,
                                                      p.trust_anchors,
                                                      p.seals,
                                                      true,
                                                      p.clock,
                                                      p.random});
    };
    std::string id, code;
    Bytes pdf;
    {
        pdf::FormLibrary forms({world_->folder / "forms"});
        const auto service = service_on(forms);
        const Json body = service->issue(alice_, record("k")).body;
        id = body.at("id");
        code = body.at("code");
        pdf = service->pdf(alice_, id, 1).pdf;
    }
    std::filesystem::remove_all(world_->folder / "forms");
    pdf::FormLibrary none({world_->folder / "forms"});
    const auto service = service_on(none);
    EXPECT_EQ(service->pdf(alice_, id, 1).pdf, pdf);
    EXPECT_EQ(service->verify_file(pdf).at("outcome"), "genuine");
    EXPECT_EQ(service->verify_code(code).at("outcome"), "on_record");
    EXPECT_EQ(faults(), "");
}

TEST_F(PackingDictionaryTest, AnExampleThatCannotBePrintedStopsNoDocument) {
    PackingDictionaries dictionaries(*store_);
    int tries = 0;
    const PackingDictionaries::Recipe recipe{.made_of = [] { return std::string("x"); },
                                             .make = [&]() -> PackingSpecimen {
                                                 ++tries;
                                                 throw Error(ErrorCode::Invalid, "no glyph");
                                             },
                                             .at = world_->clock.now()};
    EXPECT_EQ(dictionaries.of({"record", "1", "seal"}, recipe), 0);
    EXPECT_EQ(dictionaries.of({"record", "1", "seal"}, recipe), 0);
    EXPECT_EQ(tries, 1);
    EXPECT_EQ(one_value("SELECT count(*) FROM dictionary"), "0");
}

}  // namespace
}  // namespace yinxin::server
