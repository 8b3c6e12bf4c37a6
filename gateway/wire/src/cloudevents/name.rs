//! Names of attributes, and the types that the specification and its documented extensions give them.

/// The types of attribute values (CloudEvents 1.0, "Type System").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Boolean,
    /// A whole number of 32 bits.
    Integer,
    /// Text without control characters.
    String,
    /// Octets, written in base64.
    Binary,
    /// An absolute URI; a fragment is accepted too, since real schemas have one.
    Uri,
    /// A URI or a relative reference.
    UriReference,
    /// RFC 3339.
    Timestamp,
}

impl Type {
    /// The type of this name, as the specification writes it, without spaces or hyphens.
    pub fn of_name(name: &str) -> Option<Type> {
        Some(match name {
            "Boolean" => Type::Boolean,
            "Integer" => Type::Integer,
            "String" => Type::String,
            "Binary" => Type::Binary,
            "Uri" => Type::Uri,
            "UriReference" => Type::UriReference,
            "Timestamp" => Type::Timestamp,
            _ => return None,
        })
    }
}

/// Whether this may name an attribute: lower-case ASCII letters and digits, and not `data`.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && name != "data" && name.bytes().all(|octet| matches!(octet, b'a'..=b'z' | b'0'..=b'9'))
}

/// The attributes that every event has.
pub(super) const REQUIRED: [&str; 4] = ["specversion", "id", "source", "type"];

/// The type of an attribute; that of an unknown one is a String where a binding carries no types.
pub fn type_of(name: &str) -> Option<Type> {
    Some(match name {
        "id" | "specversion" | "type" | "datacontenttype" | "subject" => Type::String,
        "source" => Type::UriReference,
        "dataschema" => Type::Uri,
        "time" => Type::Timestamp,
        name => return extension_type(name),
    })
}

/// The extensions that the CloudEvents project documents.
fn extension_type(name: &str) -> Option<Type> {
    Some(match name {
        "sampledrate" | "severitynumber" => Type::Integer,
        "opcuametadatamajorversion" | "opcuametadataminorversion" | "opcuastatus" => Type::Integer,
        "deprecated" | "bamptxcompleted" => Type::Boolean,
        "expirytime" | "recordedtime" | "deprecationfrom" | "deprecationsunset" => Type::Timestamp,
        "dataref" => Type::UriReference,
        "deprecationmigration" => Type::Uri,
        "dssematerial" => Type::Binary,
        "traceparent" | "tracestate" | "partitionkey" | "sequence" | "severitytext" => Type::String,
        "authtype" | "authid" | "authclaims" | "correlationid" | "causationid" => Type::String,
        "dataclassification" | "dataregulation" | "datacategory" => Type::String,
        "bamtxid" | "bampid" | "bamptxid" | "bamptxsid" | "bamptxsstatus" => Type::String,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_found_by_the_name_that_it_shows() {
        use Type::{Binary, Boolean, Integer, String, Timestamp, Uri, UriReference};
        for of in [Boolean, Integer, String, Binary, Uri, UriReference, Timestamp] {
            assert_eq!(Type::of_name(&format!("{of:?}")), Some(of));
        }
        assert_eq!(Type::of_name("boolean"), None);
    }

    #[test]
    fn names_are_lower_case_letters_and_digits() {
        for name in ["a", "id", "0", "partitionkey", "opcuametadatamajorversion"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "data", "data_base64", "Id", "my-ext", "ä", "a b", "ce.id"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
