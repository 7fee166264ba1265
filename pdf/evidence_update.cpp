// SPDX-License-Identifier: Apache-2.0
#include "pdf/evidence_update.h"

#include <algorithm>
#include <array>
#include <map>

#include "common/error.h"
#include "pdf/reader.h"
#include "pdf/revision_writer.h"

namespace yinxin::pdf {

using reader::Array;
using reader::Dict;
using reader::Document;
using reader::Indirect;
using reader::Object;
using reader::Reference;

namespace {

struct Kind {
    const char* key;      ///< of /DSS
    const char* vri_key;  ///< of an entry of /VRI
    std::vector<Bytes> Evidence::*list;
};
constexpr std::array<Kind, 3> kKinds{{{"Certs", "Cert", &Evidence::certificates},
                                      {"OCSPs", "OCSP", &Evidence::ocsp_responses},
                                      {"CRLs", "CRL", &Evidence::crls}}};

/// The streams of one list of /DSS, by content.
std::map<Bytes, Reference> held(const Document& document, const Dict& dss, const char* key) {
    const std::size_t newest = document.newest();
    std::map<Bytes, Reference> out;
    const Array* list = document.value(dss, key, newest).array();
    for (const Object& each : list != nullptr ? *list : Array{}) {
        const Indirect* stream =
            each.reference() != nullptr ? document.load(*each.reference(), newest) : nullptr;
        if (stream != nullptr && stream->is_stream) {
            out.emplace(document.decode(*stream, newest), *each.reference());
        }
    }
    return out;
}

const Dict* store_of(const Document& document) {
    const std::size_t newest = document.newest();
    return document.value(document.catalog(newest), "DSS", newest).dict();
}

std::string stream_body(const Bytes& data) {
    return "<< /Length " + std::to_string(data.size()) + " >>\nstream\n" +
           std::string(as_text(data)) + "\nendstream";
}

/// The object a value of `dict` is kept in, or `owner` when it stands in the dictionary itself.
struct Holder {
    Reference id{};
    const Indirect* object = nullptr;
    const Dict* dict = nullptr;
    bool own_object = false;
};

Holder holder_of(const Document& document,
                 const Indirect& owner,
                 const Dict& dict,
                 const char* key) {
    Holder out{{}, &owner, document.value(dict, key, document.newest()).dict(), false};
    const Object* value = dict.find(key);
    if (out.dict != nullptr && value->reference() != nullptr) {
        out.id = *value->reference();
        out.object = document.load(out.id, document.newest());
        out.own_object = true;
    }
    return out;
}

class EvidenceWriter {
  public:
    EvidenceWriter(const Document& document, const Evidence& evidence, const std::string& vri_key)
        : document_(document), evidence_(evidence), vri_key_(vri_key), writer_(document) {
        writer_.leave_free(document.reach(document.newest()).highest);
    }

    Bytes run() {
        const Reference catalog_id = document_.catalog_id(document_.newest());
        const Indirect& catalog = *document_.load(catalog_id, document_.newest());
        const Holder store = holder_of(document_, catalog, *catalog.value.dict(), "DSS");
        const std::map<std::string, std::string> changes = store_changes(store);
        if (store.dict != nullptr && changes.empty() && vri_key_.empty()) {
            return to_bytes(document_.bytes());
        }
        if (store.own_object) {
            writer_.put(store.id, edited_dict(*store.object, *store.dict, changes));
            return writer_.finish();
        }
        const Reference id = writer_.new_object();
        writer_.put(id,
                    store.dict != nullptr ? edited_dict(catalog, *store.dict, changes)
                                          : fresh_store(changes));
        writer_.put(catalog_id,
                    edited_dict(catalog, *catalog.value.dict(), {{"DSS", reference_text(id)}}));
        return writer_.finish();
    }

  private:
    static std::string fresh_store(const std::map<std::string, std::string>& changes) {
        std::string out = "<< /Type /DSS";
        for (const auto& [key, value] : changes) {
            out += "\n/" + key + " " + value;
        }
        return out + "\n>>";
    }

    /// New streams, and what of /DSS itself changes by them.
    std::map<std::string, std::string> store_changes(const Holder& store) {
        static const Dict kNone;
        const Dict& dss = store.dict != nullptr ? *store.dict : kNone;
        std::map<std::string, std::string> changes;
        std::string entry = "<<";
        for (const Kind& kind : kKinds) {
            const std::map<Bytes, Reference> there = held(document_, dss, kind.key);
            std::map<Bytes, Reference> put;
            std::string all, added;
            for (const Bytes& der : evidence_.*kind.list) {
                const auto found = there.find(der);
                const bool is_new = found == there.end() && !put.contains(der);
                if (is_new) {
                    put.emplace(der, writer_.new_object());
                    writer_.put(put.at(der), stream_body(der));
                    added += (added.empty() ? "" : " ") + reference_text(put.at(der));
                }
                const std::string text =
                    reference_text(found != there.end() ? found->second : put.at(der));
                all += (all.empty() ? "" : " ") + text;
            }
            if (!added.empty()) {
                const std::string value =
                    extended_array(writer_, *store.object, dss, kind.key, added);
                if (!value.empty()) {
                    changes[kind.key] = value;
                }
            }
            if (!all.empty()) {
                entry += std::string(" /") + kind.vri_key + " [" + all + "]";
            }
        }
        if (!vri_key_.empty()) {
            add_vri(store, dss, entry + " >>", changes);
        }
        return changes;
    }

    void add_vri(const Holder& store,
                 const Dict& dss,
                 const std::string& entry,
                 std::map<std::string, std::string>& changes) {
        const Reference id = writer_.new_object();
        writer_.put(id, entry);
        const Holder vri = holder_of(document_, *store.object, dss, "VRI");
        const std::map<std::string, std::string> change{{vri_key_, reference_text(id)}};
        if (vri.own_object) {
            writer_.put(vri.id, edited_dict(*vri.object, *vri.dict, change));
        } else {
            changes["VRI"] = vri.dict != nullptr
                                 ? edited_dict(*store.object, *vri.dict, change)
                                 : "<< /" + vri_key_ + " " + reference_text(id) + " >>";
        }
    }

    const Document& document_;
    const Evidence& evidence_;
    const std::string& vri_key_;
    RevisionWriter writer_;
};

}  // namespace

Evidence evidence_of(ByteView pdf) {
    const Document document = Document::open(pdf);
    Evidence out;
    if (const Dict* dss = store_of(document)) {
        for (const Kind& kind : kKinds) {
            for (const auto& [der, id] : held(document, *dss, kind.key)) {
                (out.*kind.list).push_back(der);
            }
        }
    }
    return out;
}

Bytes append_evidence(ByteView pdf, const Evidence& evidence, const std::string& vri_key) {
    try {
        const Document document = Document::open(pdf);
        if (document.encrypted()) {
            throw Error(ErrorCode::Refused, "encrypted: remove the protection of the file first");
        }
        return EvidenceWriter(document, evidence, vri_key).run();
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Malformed || error.code() == ErrorCode::TooLarge) {
            throw Error(ErrorCode::Refused, "unreadable: " + std::string(error.what()));
        }
        throw;
    }
}

}  // namespace yinxin::pdf
