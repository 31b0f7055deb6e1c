//! The tables as diesel sees them, by hand: the migrations of every engine must agree with this one file.

diesel::table! {
    store (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    profile (id) {
        id -> BigInt,
        name -> Text,
        menu_name -> Text,
        address -> Text,
        code -> Text,
        active -> Bool,
        priority -> BigInt,
    }
}

diesel::table! {
    task (id) {
        id -> BigInt,
        name -> Text,
        done -> Bool,
        priority -> BigInt,
        profile_id -> BigInt,
    }
}

diesel::table! {
    pipeline (app_name, url) {
        app_name -> Text,
        url -> Text,
        data -> Text,
        created -> Text,
        updated -> Text,
        revision -> BigInt,
        parent -> Nullable<Text>,
    }
}

diesel::table! {
    message (id) {
        id -> BigInt,
        parent_id -> Nullable<BigInt>,
        profile_id -> BigInt,
        app -> Text,
        role -> Text,
        text -> Text,
        model -> Text,
        usage -> Nullable<Text>,
        state -> Text,
        created -> Text,
        action -> Nullable<Text>,
    }
}

diesel::table! {
    change (seq) {
        seq -> BigInt,
        time -> Text,
        actor -> Text,
        group -> BigInt,
        topic -> Text,
        op -> Text,
        id -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
    }
}
