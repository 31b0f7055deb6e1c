use proto::storage as pb;
use tonic::Code;

use crate::support::{Storage, ok, refused, wrong_fields};

async fn value(storage: &Storage, key: &str) -> Result<String, (Code, String)> {
    let request = pb::GetSettingRequest {
        key: key.to_owned(),
    };
    match storage.settings().get_setting(request).await {
        Ok(answer) => Ok(answer.into_inner().setting.expect("a setting").value),
        Err(status) => Err(refused::<()>(Err(status))),
    }
}

#[tokio::test]
async fn a_setting_is_stored_replaced_and_deleted() {
    let storage = Storage::start().await;
    assert_eq!(storage.set("last_profile_id", "1").await, 1);
    assert_eq!(storage.set("last_profile_id", "2").await, 2);
    assert_eq!(
        storage.set("last_profile_id", "2").await,
        0,
        "it was so already"
    );
    assert_eq!(value(&storage, "last_profile_id").await, Ok("2".to_owned()));
    let delete = pb::DeleteSettingRequest {
        key: "last_profile_id".to_owned(),
    };
    assert_eq!(
        ok(storage.settings().delete_setting(delete).await).change_group,
        3
    );
    let gone = (Code::NotFound, "no setting last_profile_id".to_owned());
    assert_eq!(value(&storage, "last_profile_id").await, Err(gone));
}

#[tokio::test]
async fn settings_are_listed_by_the_beginning_of_their_key() {
    let storage = Storage::start().await;
    for key in ["b.2", "a_1", "ab1", "b.1"] {
        storage.set(key, "x").await;
    }
    let list = async |prefix: &str| {
        let request = pb::ListSettingsRequest {
            prefix: prefix.to_owned(),
        };
        let listed = ok(storage.settings().list_settings(request).await).settings;
        listed.into_iter().map(|row| row.key).collect::<Vec<_>>()
    };
    assert_eq!(list("").await, ["a_1", "ab1", "b.1", "b.2"]);
    assert_eq!(list("a_").await, ["a_1"], "`_` means itself");
    assert_eq!(list("b.").await, ["b.1", "b.2"]);
}

#[tokio::test]
async fn keys_and_values_outside_the_rules_are_refused() {
    let storage = Storage::start().await;
    let set = async |key: &str, value: &str| {
        let request = pb::SetSettingRequest {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        wrong_fields(storage.settings().set_setting(request).await)
    };
    for key in ["", "A", "a b", "é", &"a".repeat(101)] {
        assert_eq!(set(key, "x").await, ["key"], "{key}");
    }
    assert_eq!(set("", &"x".repeat(10_001)).await, ["key", "value"]);
    assert_eq!(storage.head().await, 0);
}
