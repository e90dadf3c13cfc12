async def register(self, data: UserCreate) -> User:
    await self.throttle.register()
    password_hash = await self.passwords.hash_new(data.password, data.email)
    await refuse_taken_email(self.users, data.email)
    return await self.users.add(User(email=data.email, password_hash=password_hash))

async def log_in(self, email: str, password: str) -> User:
    """Return the user. Unknown addresses take as long as wrong passwords, and look the same."""
    email = canonical_email(email)
    known = await self.users.get_by_email(email)
    async with self.throttle.guess(email):
        user = await self.verified(known, password)
        if user is None:
            raise unauthenticated("The email or the password is wrong.")
    return user

async def confirm_password(self, user: User, password: SecretStr) -> None:
    """Refuse a wrong password of a user who is logged in."""
    async with self.throttle.guess(user.email):
        if await self.verified(user, password.get_secret_value()) is None:
            raise HTTPException(403, "The current password is wrong.")

async def change_password(self, user: User, data: PasswordChange) -> User:
    """Change the password, and revoke what was given for the old one."""
    await self.confirm_password(user, data.current_password)
    password_hash = await self.passwords.hash_new(data.password, user.email)
    return await self.revoke_all(user, password_hash=password_hash)

async def verified(self, user: User | None, password: str) -> User | None:
    """Return the user if the password is right, with a new hash if the cost has changed."""
    if user is None:
        await self.passwords.hash(password)  # takes as long as verifying a password
        return None
    right, new_hash = await self.passwords.verify(password, user.password_hash)
    if not right or not user.active:
        return None
    return await self.users.update(user, {"password_hash": new_hash}) if new_hash else user
